import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { PrivacyProfile } from '../../models/privacy-profile.ts';
import type { PlanColumn, ViewPlan } from '../view/plan.ts';
import {
  type ColumnScope,
  isTermsPolicy,
  policyOf,
  type StagingColumn,
  stagingColumns,
} from './column-policy.ts';

/** The two columns that every staging table begins with. */
const OWNER_COLUMNS: readonly StagingColumn[] = [
  { name: 'patient_key', type: 'UUID', sql: 'r.__patient_key' },
  { name: 'source', type: 'VARCHAR', sql: 'r.__source' },
];

/**
 * The steps from raw view rows to a staging table. They run in order on one connection that has the functions of
 * `PSEUDONYM_SQL` and of `imagingTermsSql`, and these tables: `view_row` (the view's columns and `__source`, `__patient_key`, `__shift`, `__is_withheld`, `__scope`),
 * `reference_target` (source, raw, target) and `own_target` (scope, raw, target).
 */
export interface FlattenSql {
  readonly columns: readonly StagingColumn[];
  /** SQL for the references as written: columns scope, source, raw. Undefined where the view has none. */
  readonly writtenReferences: string | undefined;
  /** Makes `reference_key`, `own_key`, `uid_pseudonym` and `text_term`: each distinct key or text is looked at once. */
  readonly lookUps: readonly string[];
  /** The staging rows, behind `__scope`: the record each comes from. */
  readonly select: string;
}

/** Plans the privacy of one view under a profile; `ageDate` is the ISO date at which ages are counted. Pure. */
export function planFlatten(plan: ViewPlan, profile: PrivacyProfile, ageDate: string): FlattenSql {
  const keys = plan.columns.filter((column) => policyOf(plan.name, column) === 'key');
  const uids = plan.columns.filter((column) => policyOf(plan.name, column) === 'uid');
  const texts = plan.columns.filter((column) => isTermsPolicy(policyOf(plan.name, column)));
  const scope: ColumnScope = {
    row: 'r',
    referenceKey: (column) => {
      const index = keys.findIndex((key) => key.name === column);
      return `coalesce(o_${index}.key, k_${index}.key)`;
    },
    uidKey: (column) => `u_${uids.findIndex((uid) => uid.name === column)}.key`,
    uidText: (column) => `u_${uids.findIndex((uid) => uid.name === column)}.uid`,
    terms: (column) => `t_${texts.findIndex((text) => text.name === column)}.terms`,
    shift: 'r.__shift',
    isWithheld: 'r.__is_withheld',
    ageDate: `date ${sqlString(ageDate)}`,
  };
  const columns = [
    ...OWNER_COLUMNS,
    ...plan.columns.flatMap((column) => stagingColumns(plan.name, column, profile, scope)),
  ];
  return {
    columns,
    writtenReferences:
      keys.length === 0
        ? undefined
        : unionOf(keys, (name) => `__scope as scope, __source as source, ${name} as raw`, 'union all'),
    lookUps: [hashReferences(keys), hashOwnReferences(keys), hashUids(uids), readTerms(texts)].filter(
      (sql) => sql !== undefined,
    ),
    select: `select r.__scope, ${columns.map((column) => `(${column.sql})::${column.type} as ${sqlName(column.name)}`).join(',\n  ')}
      from view_row r${joins(keys, uids, texts)}`,
  };
}

function hashReferences(keys: readonly PlanColumn[]): string | undefined {
  if (keys.length === 0) return undefined;
  return `create or replace temp table reference_key as
    select w.source, w.raw, pseudonym_hex('key', w.source || '|' || coalesce(t.target, w.raw))::uuid as key
    from (${unionOf(keys, (name) => `__source as source, ${name} as raw`)}) w
    left join reference_target t on t.source = w.source and t.raw = w.raw`;
}

/** The keys of references that mean something else in other files. */
function hashOwnReferences(keys: readonly PlanColumn[]): string | undefined {
  if (keys.length === 0) return undefined;
  return `create or replace temp table own_key as
    select t.scope, t.raw, pseudonym_hex('key', any_value(w.__source) || '|' || any_value(t.target))::uuid as key
    from own_target t join (select distinct __scope, __source from view_row) w on w.__scope = t.scope
    group by t.scope, t.raw`;
}

function hashUids(uids: readonly PlanColumn[]): string | undefined {
  if (uids.length === 0) return undefined;
  return `create or replace temp table uid_pseudonym as
    select raw, hex::uuid as key, pseudonym_uid(hex) as uid
    from (
      select raw, pseudonym_hex('uid', regexp_replace(raw, '^urn:oid:', '')) as hex
      from (${unionOf(uids, (name) => `${name} as raw`)})
    )`;
}

function readTerms(texts: readonly PlanColumn[]): string | undefined {
  if (texts.length === 0) return undefined;
  return `create or replace temp table text_term as
    select raw, imaging_terms(raw) as terms from (${unionOf(texts, (name) => `${name} as raw`)})`;
}

function unionOf(
  columns: readonly PlanColumn[],
  select: (name: string) => string,
  union: 'union' | 'union all' = 'union',
): string {
  // a union of one is none, and a text that stands twice would double the rows that it is joined to
  const distinct = union === 'union' && columns.length === 1 ? 'distinct ' : '';
  return columns
    .map(
      ({ name }) =>
        `select ${distinct}${select(sqlName(name))} from view_row where ${sqlName(name)} is not null`,
    )
    .join(` ${union} `);
}

function joins(
  keys: readonly PlanColumn[],
  uids: readonly PlanColumn[],
  texts: readonly PlanColumn[],
): string {
  const references = keys.map(
    ({ name }, index) =>
      `\n      left join reference_key k_${index} on k_${index}.source = r.__source and k_${index}.raw = r.${sqlName(name)}` +
      `\n      left join own_key o_${index} on o_${index}.scope = r.__scope and o_${index}.raw = r.${sqlName(name)}`,
  );
  const identifiers = uids.map(
    ({ name }, index) => `\n      left join uid_pseudonym u_${index} on u_${index}.raw = r.${sqlName(name)}`,
  );
  const words = texts.map(
    ({ name }, index) => `\n      left join text_term t_${index} on t_${index}.raw = r.${sqlName(name)}`,
  );
  return [...references, ...identifiers, ...words].join('');
}
