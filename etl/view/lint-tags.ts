import { segmentsOf } from './lint-json.ts';
import type { Fault } from './lint-rule.ts';
import { isRecord, valueAt } from './lint-structure.ts';
import { sqlTypeOf } from './sql-type.ts';

/** A column as the JSON has it, checked for nothing but being an object. */
export interface DeclaredColumn {
  readonly path: string;
  readonly type: unknown;
  readonly collection: unknown;
  readonly tag: unknown;
}

export function declaredColumns(selects: unknown, path = '$.select'): readonly DeclaredColumn[] {
  if (!Array.isArray(selects)) return [];
  return selects.flatMap((select: unknown, index): readonly DeclaredColumn[] => {
    if (!isRecord(select)) return [];
    const at = `${path}[${index}]`;
    const columns: readonly unknown[] = Array.isArray(select['column']) ? select['column'] : [];
    return [
      ...columns.flatMap((column, its) =>
        isRecord(column)
          ? [
              {
                path: `${at}.column[${its}]`,
                type: column['type'],
                collection: column['collection'],
                tag: column['tag'],
              },
            ]
          : [],
      ),
      ...declaredColumns(select['select'], `${at}.select`),
      ...declaredColumns(select['unionAll'], `${at}.unionAll`),
    ];
  });
}

/** `ansi/type` decides the SQL type of a column: it must be one. */
export function tagFaults(columns: readonly DeclaredColumn[]): readonly Fault[] {
  return columns.flatMap(({ path, tag }) =>
    (Array.isArray(tag) ? tag : []).flatMap((each: unknown, index): readonly Fault[] => {
      const [name, value] = [valueAt(each, ['name']), valueAt(each, ['value'])];
      if (name !== 'ansi/type' || typeof value !== 'string' || sqlTypeOf(value) !== null) return [];
      return [
        {
          rule: 'ansi-type',
          place: { path: `${path}.tag[${index}].value` },
          message: `${value} is no SQL type: BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p, s), VARCHAR, DATE, TIMESTAMP and so on`,
        },
      ];
    }),
  );
}

/** JSON path of the value of a column's tag; the last of its name counts. */
export function tagPath(view: unknown, columnPath: string, name: string): string {
  const tags = valueAt(view, [...segmentsOf(columnPath), 'tag']);
  const index = Array.isArray(tags)
    ? tags.findLastIndex((tag: unknown) => valueAt(tag, ['name']) === name)
    : -1;
  return index < 0 ? `${columnPath}.name` : `${columnPath}.tag[${index}].value`;
}
