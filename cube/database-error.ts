/**
 * What may be said of a DuckDB error: its class, and its words only where they speak of names in the SQL and
 * not of rows.
 */
export function databaseErrorKind(message: string): string {
  const [, kind, words] = /^([A-Z][A-Za-z ]* Error)(?:: ?(.*))?/.exec(message) ?? [];
  if (kind === undefined) return 'Database Error';
  return kind === 'Binder Error' || kind === 'Catalog Error' ? `${kind}: ${words ?? ''}` : kind;
}
