import type { Json } from '@duckdb/node-api';

/** A row that was met on the way from a mart to the records behind it. */
export interface OpenedRow {
  /** With its schema, such as `marts.treatments` or `staging.condition`. */
  readonly table: string;
  readonly row: Readonly<Record<string, Json>>;
}

export interface OpenedRows {
  /** The row asked for comes first; rows of staging tables are of one record each. */
  readonly rows: readonly OpenedRow[];
  /** Whether there are more than were read. */
  readonly isTruncated: boolean;
}

/** A record behind a row: what it is, where it came from and where its line lies. Identified. */
export interface OpenedRecord {
  readonly source: string;
  readonly type: string;
  readonly id: string;
  /** The landing run that brought its newest version, and when that was (ISO instant of the source). */
  readonly run: string;
  readonly landedAt: string;
  /** The landing file, and the line in it, from 1. */
  readonly file: string;
  readonly line: number;
  readonly origin: RecordOrigin;
  /** The line as it landed, byte for byte; undefined where it was not asked for. */
  readonly text: string | undefined;
}

/** The file that a record was read from, as the source had it then. */
export interface RecordOrigin {
  /** Relative to the source's folder; of a server's export, the name of the downloaded file. */
  readonly path: string;
  readonly sha256: string | undefined;
  /** Line of that file, from 1; undefined where the file has none, or landed before lines were kept. */
  readonly line: number | undefined;
  /** Place in a Bundle or array, such as `entry[3].resource`. */
  readonly element: string | undefined;
}
