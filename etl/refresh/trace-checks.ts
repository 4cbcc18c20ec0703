import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { MartDeclaration } from '../../models/mart-declaration.ts';
import { isTraced, type MartTrace } from '../../models/mart-trace.ts';
import type { SqlFile } from '../warehouse/sql-files.ts';
import { addedRows, removedRows, type TableKeeper } from './table-keeper.ts';

/**
 * Every row opens to the rows that it came from. Of a merged mart only added rows are asked, and those that opened to
 * a row that was removed.
 */
export function traceChecks(
  mart: MartDeclaration,
  changes: Pick<TableKeeper, 'isChanged' | 'isReplaced'>,
): readonly SqlFile[] {
  const id = `marts.${mart.name}`;
  return mart.traces
    .filter((trace) => !trace.optional)
    .flatMap((trace) => {
      const tables = [...new Set(trace.find.map(({ table }) => table))];
      const isWhole = [id, ...tables].some((table) => changes.isReplaced(table));
      const candidates = isWhole
        ? [`from marts.${sqlName(mart.name)}`]
        : [
            ...(changes.isChanged(id) ? [`from ${addedRows(id)}`] : []),
            ...trace.find
              .filter(({ table }) => changes.isChanged(table))
              .map(({ table, by }) => openedTo(mart.name, trace, removedRows(table), by)),
          ];
      if (candidates.length === 0) return [];
      const rows = `(${candidates.map((each) => `(${each})`).join(' union all by name ')})`;
      return [
        { name: `${mart.name} (${trace.columns.join(', ')}): opens to records`, sql: lost(trace, rows) },
      ];
    });
}

function openedTo(mart: string, trace: MartTrace, rows: string, by: readonly string[]): string {
  return `select m.* from marts.${sqlName(mart)} m semi join ${rows} r on ${isTraced(trace, by, 'm', 'r')}`;
}

/** The rows that find nothing in any of the tables, or not in the one that they name. */
function lost({ named_by, ...trace }: MartTrace, rows: string): string {
  if (named_by === undefined) {
    const joins = trace.find.map(
      ({ table, by }, index) =>
        `anti join ${table} f${index} on ${isTraced({ ...trace, named_by }, by, 'm', `f${index}`)}`,
    );
    return `select 1 from ${rows} m ${joins.join(' ')}`;
  }
  const known = [...new Set(trace.find.map(({ table }) => sqlString(table)))].join(', ');
  const parts = trace.find.map(
    ({ table, by }) =>
      `select 1 from (select * from ${rows} where ${named_by} = ${sqlString(table)}) m
       anti join ${table} f on ${isTraced({ ...trace, named_by }, by, 'm', 'f')}`,
  );
  return [`select 1 from ${rows} where coalesce(${named_by} not in (${known}), true)`, ...parts].join(
    ' union all ',
  );
}
