import type { Json } from '@duckdb/node-api';
import type { Opening } from '../etl/opening/open-records.ts';
import type { OpenedRecord, OpenedRow } from '../etl/opening/opened.ts';

/** An opening as text: each row with its columns that are filled, then each record with its line. */
export function describeOpening({ rows, records, isTruncated }: Opening): string {
  return [
    ...rows.map(describeRow),
    ...records.map(describeRecord),
    ...(isTruncated ? ['There are more than are shown.'] : []),
  ].join('\n\n');
}

function describeRow({ table, row }: OpenedRow): string {
  const filled = Object.entries(row).filter(([, value]) => value !== null);
  return listOf(
    table,
    filled.map(([name, value]) => [name, textOf(value)]),
  );
}

function describeRecord({ source, type, id, run, landedAt, file, line, origin, text }: OpenedRecord): string {
  const place = [
    origin.path,
    ...(origin.line === undefined ? [] : [`line ${origin.line}`]),
    ...(origin.element === undefined ? [] : [origin.element]),
  ];
  const about = listOf(`${type}/${id}`, [
    ['source', source],
    ['read from', place.join(', ')],
    ['sha256', origin.sha256 ?? 'unknown'],
    ['landed', `${source}/${run}/${file}, line ${line} (${landedAt})`],
  ]);
  return text === undefined ? about : `${about}\n${text}`;
}

function listOf(title: string, entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return [title, ...entries.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
