import type { DuckDBConnection } from '@duckdb/node-api';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import { loadSqlFiles, orderSqlFiles } from '../warehouse/sql-files.ts';
import { definitionHash, sqlDefinition } from './model-hash.ts';
import type { PlannedView } from './plan-views.ts';
import { PROVIDED_TABLE_NAMES } from './provided-tables.ts';

/** What a run would do to a table. */
export interface ExpectedTable {
  readonly table: string;
  /**
   * `rebuild`: all of its rows are made anew. `update`: the rows of what changes, if anything of it does. `keep`: it
   * stays. `drop`: it is no longer there.
   */
  readonly action: 'rebuild' | 'update' | 'keep' | 'drop';
  readonly reason:
    | 'everything-is-rebuilt'
    | 'table-is-new'
    | 'definition-changed'
    | 'input-is-rebuilt'
    | 'records-may-change'
    | 'tells-of-the-run'
    | 'nothing-changes'
    | 'has-no-definition';
}

export interface ExpectedRun {
  /** What is published and can be built upon; undefined where everything is rebuilt. */
  readonly published: SnapshotManifest | undefined;
  /** Would the run do more than look? */
  readonly isChanging: boolean;
  /** Would records land, or wait to be applied? */
  readonly hasRecords: boolean;
  readonly views: readonly PlannedView[];
  /** Fingerprint of the code tables and of the parameters that a site sets. */
  readonly codes: string;
}

/** What a run would do to every table, in the order in which they are made. */
export async function expectTables(
  connection: DuckDBConnection,
  expected: ExpectedRun,
): Promise<readonly ExpectedTable[]> {
  const { published, isChanging, hasRecords, views } = expected;
  const known = new Map(
    (published?.tables ?? []).map((table) => [`${table.schema}.${table.name}`, table.definition]),
  );
  const made = new Map<string, ExpectedTable>();
  const add = (table: string, definition: string, otherwise: Omit<ExpectedTable, 'table'>): void => {
    made.set(table, { table, ...(changeOf(expected, known.get(table), definition) ?? otherwise) });
  };
  for (const { plan, definition } of views) {
    add(`staging.${plan.name}`, definition, hasRecords ? UPDATE : KEEP);
  }
  const hasOtherViews = [...made.values()].some(({ action }) => action === 'rebuild');
  for (const name of PROVIDED_TABLE_NAMES) {
    const otherwise =
      name === 'run' && isChanging
        ? TELL
        : hasRecords || (name === 'landed_type' && hasOtherViews)
          ? UPDATE
          : KEEP;
    add(`staging.${name}`, definitionHash(name), otherwise);
  }
  const fingerprint = definitionHash(expected.codes);
  for (const schema of ['staging', 'marts'] as const) {
    for (const file of await orderSqlFiles(connection, schema, loadSqlFiles(schema))) {
      const inputs = file.reads.flatMap((table) => made.get(table)?.action ?? []);
      const otherwise = inputs.includes('rebuild') ? FOLLOW : inputs.includes('update') ? UPDATE : KEEP;
      add(`${schema}.${file.name}`, sqlDefinition(file.sql, fingerprint), otherwise);
    }
  }
  const dropped = [...known.keys()].filter((table) => !made.has(table) && !table.startsWith('private.'));
  return [
    ...made.values(),
    ...dropped.map((table) => ({ table, action: 'drop', reason: 'has-no-definition' }) as const),
  ];
}

const UPDATE = { action: 'update', reason: 'records-may-change' } as const;
const FOLLOW = { action: 'rebuild', reason: 'input-is-rebuilt' } as const;
const TELL = { action: 'update', reason: 'tells-of-the-run' } as const;
const KEEP = { action: 'keep', reason: 'nothing-changes' } as const;

function changeOf(
  { published }: ExpectedRun,
  before: string | undefined,
  definition: string,
): Omit<ExpectedTable, 'table'> | undefined {
  if (published === undefined) return { action: 'rebuild', reason: 'everything-is-rebuilt' };
  if (before === undefined) return { action: 'rebuild', reason: 'table-is-new' };
  return before === definition ? undefined : { action: 'rebuild', reason: 'definition-changed' };
}
