/**
 * The DuckDB type for an `ansi/type` tag (ISO/IEC 9075 names and DuckDB's own), or null when it is none. Only
 * names of this list reach the SQL.
 */
export function sqlTypeOf(text: string): string | null {
  const match = /^([A-Z][A-Z0-9 _]*?)\s*(\(\s*\d+\s*(?:,\s*\d+\s*)?\))?(\s+WITH(?:OUT)? TIME ZONE)?$/.exec(
    text.trim().toUpperCase().replace(/\s+/g, ' '),
  );
  if (match === null) return null;
  const base = NAMES.get(`${match[1]}${match[3] ?? ''}`);
  if (base === undefined) return null;
  if (match[2] === undefined) return base;
  return base === 'DECIMAL' ? `DECIMAL${match[2].replace(/\s/g, '')}` : base === 'VARCHAR' ? base : null;
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ...[
    'BOOLEAN',
    'TINYINT',
    'SMALLINT',
    'INTEGER',
    'BIGINT',
    'HUGEINT',
    'UTINYINT',
    'USMALLINT',
    'UINTEGER',
  ].map(same),
  ...[
    'UBIGINT',
    'DOUBLE',
    'DECIMAL',
    'VARCHAR',
    'DATE',
    'TIME',
    'TIMESTAMP',
    'TIMESTAMPTZ',
    'UUID',
    'JSON',
  ].map(same),
  ...['BLOB', 'INTERVAL'].map(same),
  ['INT', 'INTEGER'],
  ['REAL', 'FLOAT'],
  ['FLOAT', 'FLOAT'],
  ['DOUBLE PRECISION', 'DOUBLE'],
  ['NUMERIC', 'DECIMAL'],
  ['DEC', 'DECIMAL'],
  ['CHAR', 'VARCHAR'],
  ['CHARACTER', 'VARCHAR'],
  ['CHARACTER VARYING', 'VARCHAR'],
  ['CHAR VARYING', 'VARCHAR'],
  ['TEXT', 'VARCHAR'],
  ['STRING', 'VARCHAR'],
  ['BINARY VARYING', 'BLOB'],
  ['VARBINARY', 'BLOB'],
  ['TIME WITHOUT TIME ZONE', 'TIME'],
  ['TIMESTAMP WITHOUT TIME ZONE', 'TIMESTAMP'],
  ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ'],
]);

function same(name: string): [string, string] {
  return [name, name];
}
