import type { MartColumn, MartDeclaration } from '../../../models/mart-declaration.ts';

/** A column in DAX. */
export function daxColumn(mart: string, column: string): string {
  return `'${mart}'[${column}]`;
}

export function isNumber({ type }: MartColumn): boolean {
  return type === 'INTEGER' || type === 'BIGINT' || type === 'DOUBLE';
}

/**
 * A condition of a measure (`{CUBE}.result = 'positive' and not {CUBE}.is_repeat`) as predicates of DAX that all have to
 * hold, each over one column; undefined where it is more than simple comparisons joined by `and`. As in SQL, a comparison with nothing
 * holds for no row: DAX takes BLANK for 0, FALSE and "" unless it is told otherwise.
 */
export function daxPredicates(sql: string, mart: MartDeclaration): readonly string[] | undefined {
  const predicates = sql
    .trim()
    .split(/\s+and\s+/)
    .map((term) => predicate(term, mart));
  return predicates.every((each) => each !== undefined) ? predicates : undefined;
}

function predicate(term: string, mart: MartDeclaration): string | undefined {
  const match = /^(?<not>not )?(?<abs>abs\()?\{CUBE\}\.(?<name>\w+)(?<close>\))?(?: (?<rest>.+))?$/.exec(
    term,
  )?.groups;
  const column = mart.columns.find(({ name }) => name === match?.['name']);
  if (match === undefined || column === undefined) return undefined;
  const { not, abs, close, rest } = match;
  if ((abs === undefined) !== (close === undefined)) return undefined;
  const dax = daxColumn(mart.name, column.name);
  if (abs !== undefined)
    return not === undefined ? compareNumber(column, dax, `ABS(${dax})`, rest) : undefined;
  if (rest === undefined) {
    if (column.type !== 'BOOLEAN') return undefined;
    return `${dax} == ${not === undefined ? 'TRUE' : 'FALSE'}()`;
  }
  if (not !== undefined) return undefined;
  if (rest === 'is null') return `ISBLANK(${dax})`;
  if (rest === 'is not null') return `NOT ISBLANK(${dax})`;
  return compareText(column, dax, rest) ?? compareNumber(column, dax, dax, rest);
}

function compareText({ type }: MartColumn, dax: string, rest: string): string | undefined {
  const match = /^(=|<>) '([^']*)'$/.exec(rest);
  if (type !== 'VARCHAR' || match === null) return undefined;
  const text = `"${match[2]?.replaceAll('"', '""')}"`;
  return match[1] === '=' ? `${dax} == ${text}` : `NOT ISBLANK(${dax}) && ${dax} <> ${text}`;
}

function compareNumber(column: MartColumn, dax: string, value: string, rest = ''): string | undefined {
  const match = /^(=|<>|<=|>=|<|>) (-?\d+(?:\.\d+)?)$/.exec(rest);
  if (!isNumber(column) || match === null) return undefined;
  return `NOT ISBLANK(${dax}) && ${value} ${match[1]} ${match[2]}`;
}
