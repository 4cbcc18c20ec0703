import { sqlString } from '../base/sql-text.ts';

/** What stands in Cube's SQL for a text of a caller. */
export function mark(index: number): string {
  return ` chiasm_text_${index}_ `;
}

/** Parts of SQL that mean nothing here but for what is in them: strings, names, comments; and those that do. */
const PARTS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\/\/|[/?]|\bchiasm_text_(\d+)_(?!\w)/g;

/**
 * Cube's SQL with the texts of a caller in the places of their marks and its own values in those of question marks. In
 * the model `/` never drops a remainder; on a connection that speaks PostgreSQL it does between integers, unless the
 * number in front of it is a double.
 */
export function spliceTexts(sql: string, values: readonly unknown[], texts: readonly string[]): string {
  let next = 0;
  const spliced = sql.replace(PARTS, (part: string, index: string | undefined) => {
    if (index !== undefined) return texts[Number(index)] ?? part;
    if (part === '/') return '/ 1e0 /';
    return part === '?' ? literal(values[next++]) : part;
  });
  if (next !== values.length) throw new Error('Cube gave other values than its SQL takes');
  return spliced;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return sqlString(value instanceof Date ? value.toISOString() : String(value));
}
