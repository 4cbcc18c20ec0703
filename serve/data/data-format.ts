import type { Request } from 'express';

/** How rows are sent. */
export const DATA_FORMATS = ['csv', 'ndjson', 'arrow', 'parquet'] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

export const MEDIA_TYPES: Readonly<Record<DataFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  arrow: 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
};

/** The format that a request asks for, by name or by its `Accept` header; CSV where it takes anything. */
export function formatOf(request: Request, named: unknown): DataFormat | undefined {
  if (named !== undefined) return DATA_FORMATS.find((format) => format === named);
  const types = DATA_FORMATS.map((format) => (MEDIA_TYPES[format].split(';')[0] ?? '').trim());
  const accepted = request.accepts(types);
  return accepted === false ? undefined : DATA_FORMATS[types.indexOf(accepted)];
}
