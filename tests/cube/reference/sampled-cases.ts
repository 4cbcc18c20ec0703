import { casesOf, type ReferenceCase } from './cases.ts';
import { expressionOf } from './sql.ts';
import type { ReferenceView } from './view.ts';

/** Runs hand-written SQL. */
type RunSql = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** The cases of a view, with values that its rows have. */
export async function sampledCases(
  name: string,
  view: ReferenceView,
  sql: RunSql,
): Promise<readonly ReferenceCase[]> {
  const members = [view.dimensions, view.numbers ?? {}, view.times ?? {}].flatMap(Object.keys);
  const columns = members.map((member, index) => {
    const text = `(${expressionOf(view, member)})${member in (view.times ?? {}) ? '::date' : ''}::varchar`;
    return `list_sort(list(distinct ${text}))[1:40] as v${index}`;
  });
  const [row] = await sql(`select ${columns.join(', ')} from (${view.flat})`);
  const values = new Map(
    members.map((member, index) => [member, (row?.[`v${index}`] ?? []) as readonly (string | null)[]]),
  );
  const isNumber = (member: string): boolean => member in (view.numbers ?? {});
  return casesOf(name, view, (member) => {
    const known = (values.get(member) ?? []).filter((value): value is string => value !== null);
    return isNumber(member) ? [...known].sort((a, b) => Number(a) - Number(b)) : known;
  });
}
