import { basename } from 'node:path';
import { ChiasmError } from '../../base/error.ts';
import type { NamedPlace } from './lint-names.ts';
import { nearest } from './lint-nearest.ts';
import type { Fault } from './lint-rule.ts';
import { meant } from './lint-structure.ts';
import { tagPath } from './lint-tags.ts';
import type { PlanColumn } from './plan-column.ts';

/**
 * What a column becomes in the staging table: the names of its columns there. Throws `view-column-untagged` or
 * `view-invalid`, as the refresh would.
 */
export type StageColumn = (view: string, column: PlanColumn) => readonly string[];

type Json = Readonly<Record<string, unknown>>;

const TAG = 'chiasm/privacy';
const OWNER_COLUMNS = ['patient_key', 'source'];

/** What the warehouse asks of a view beyond the language: docs/architecture.md, "A view". */
export function warehouseFaults(
  view: Json,
  file: string,
  names: readonly NamedPlace[],
  columns: readonly PlanColumn[],
  stage: StageColumn,
): readonly Fault[] {
  const name = typeof view['name'] === 'string' ? view['name'] : null;
  return [
    ...viewNameFaults(name, file),
    ...names.flatMap(styleFaults),
    ...stagingFaults(view, name ?? 'view', names, columns, stage),
  ];
}

function viewNameFaults(name: string | null, file: string): readonly Fault[] {
  const stem = basename(file).replace(/(\.view)?\.json$/, '');
  const fault: Omit<Fault, 'message'> = { rule: 'view-name', place: { path: '$.name' } };
  if (name === null) {
    return [
      {
        ...fault,
        message: 'the view has no name: it names the staging table',
        suggestion: `"name": "${stem}"`,
      },
    ];
  }
  const style = styleFaults({ name, path: '$.name' });
  if (name === stem || style.length > 0) return style;
  return [{ ...fault, message: `the view is called ${name}, its file ${basename(file)}` }];
}

function styleFaults({ name, path }: NamedPlace): readonly Fault[] {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return [];
  const snake = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return [{ rule: 'name-style', place: { path }, message: `${name} is not snake_case`, ...meant(snake) }];
}

function stagingFaults(
  view: Json,
  viewName: string,
  names: readonly NamedPlace[],
  columns: readonly PlanColumn[],
  stage: StageColumn,
): readonly Fault[] {
  const taken = new Map(OWNER_COLUMNS.map((name) => [name, 'every staging table begins with it']));
  return columns.flatMap((column, index): readonly Fault[] => {
    const path = (names[index]?.path ?? '$').replace(/\.name$/, '');
    let staged: readonly string[];
    try {
      staged = stage(viewName, column);
    } catch (error) {
      if (!(error instanceof ChiasmError)) throw error;
      return [policyFault(view, path, column, error)];
    }
    const isTwice = columns.findIndex(({ name }) => name.toLowerCase() === column.name.toLowerCase()) < index;
    const clash = isTwice ? undefined : staged.find((name) => taken.has(name));
    const reason = clash === undefined ? '' : taken.get(clash);
    for (const name of staged) if (!taken.has(name)) taken.set(name, `column ${column.name} makes it`);
    return clash === undefined
      ? []
      : [
          {
            rule: 'staging-clash',
            place: { path: `${path}.name` },
            message: `the staging table has ${clash} already: ${reason}`,
          },
        ];
  });
}

function policyFault(view: Json, path: string, column: PlanColumn, error: ChiasmError): Fault {
  const policy = column.tags[TAG];
  const isDate = policy === 'date' || policy === 'birth-date';
  if (error.code === 'view-column-untagged') {
    if (policy !== undefined) {
      const policies = policiesIn(error.message);
      return {
        rule: 'privacy-tag',
        place: { path: tagPath(view, path, TAG) },
        message: `${policy} is no value of ${TAG}: ${policies.join(', ')}`,
        ...meant(nearest(policy, policies)),
      };
    }
    return {
      rule: 'privacy-tag',
      place: { path: `${path}.name` },
      message: 'nothing says how the values of this column are protected',
      suggestion: `"tag": [{ "name": "${TAG}", "value": "${likelyPolicy(column)}" }], if that is what they need`,
    };
  }
  if (isDate && !column.isCollection && !column.name.endsWith('_date')) {
    const name = `${column.name.replace(/_?(date|datetime|at|on|time)$/i, '') || column.name}_date`;
    return {
      rule: 'date-name',
      place: { path: `${path}.name` },
      message: 'the name of a date ends in _date: its precision and instant are named after it',
      ...meant(name),
    };
  }
  const problem = error.message.slice(error.message.lastIndexOf(': ') + 2);
  return { rule: 'privacy-policy', place: { path: tagPath(view, path, TAG) }, message: problem };
}

/** The privacy room owns the list of policies and names them all when it refuses one. */
function policiesIn(refusal: string): readonly string[] {
  return refusal.replace(/^.* one of /s, '').split(', ');
}

/** The mildest policy that this type of value usually allows; names and free text are for people to judge. */
function likelyPolicy({ fhirType, name, sqlType }: PlanColumn): string {
  if (/_key$/.test(name) && fhirType !== 'UI') return 'key';
  switch (fhirType) {
    case 'UI':
    case 'oid':
      return 'uid';
    case 'date':
    case 'dateTime':
    case 'instant':
    case 'DA':
    case 'DT':
      return /birth/i.test(name) ? 'birth-date' : 'date';
    case 'AS':
      return 'age';
    case 'code':
    case 'CS':
      return 'code';
    case 'boolean':
      return 'category';
    default:
      return /INT|DOUBLE|DECIMAL/.test(sqlType) || fhirType === 'decimal' ? 'number' : 'drop';
  }
}
