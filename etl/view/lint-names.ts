import type { Fault } from './lint-rule.ts';

/** A name that the view gives to a column, with its JSON path. */
export interface NamedPlace {
  readonly name: string;
  readonly path: string;
}

/** Reserved in DuckDB or in PostgreSQL, so that queries would have to quote them. */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc describe distinct do else end except false fetch for foreign
  freeze from full grant group having ilike in initially inner intersect into is isnull join lambda lateral leading
  left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps pivot
  pivot_longer pivot_wider placing primary qualify references returning right select session_user show similar some
  summarize symmetric system_user table tablesample then to trailing true union unique unpivot user using variadic
  verbose when where window with`.split(/\s+/),
);

/** PostgreSQL cuts names after 63 bytes. */
const LONGEST = 63;

export function nameFaults({ name, path }: NamedPlace): readonly Fault[] {
  if (RESERVED.has(name.toLowerCase())) {
    return [
      {
        rule: 'reserved-name',
        place: { path },
        message: `${name} is a reserved word of SQL: every query would have to quote it`,
      },
    ];
  }
  return name.length <= LONGEST
    ? []
    : [
        {
          rule: 'long-name',
          place: { path },
          message: `a name of ${name.length} characters: PostgreSQL cuts it after ${LONGEST}`,
        },
      ];
}

/** SQL names are the same in upper and lower case. `columns` are those of the output, in order. */
export function duplicateFaults(columns: readonly NamedPlace[]): readonly Fault[] {
  const first = new Map<string, NamedPlace>();
  return columns.flatMap((column): readonly Fault[] => {
    const key = column.name.toLowerCase();
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, column);
      return [];
    }
    const as = other.name === column.name ? '' : ` as ${other.name}`;
    return [
      {
        rule: 'duplicate-column',
        place: { path: column.path },
        message: `column ${column.name} is there already${as}, at ${other.path}`,
      },
    ];
  });
}
