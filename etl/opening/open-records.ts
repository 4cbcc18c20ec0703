import { access, constants } from 'node:fs/promises';
import { ChiasmError } from '../../base/error.ts';
import { openDuckDB } from '../warehouse/duckdb.ts';
import { attachSnapshot, type SnapshotHandle } from '../warehouse/snapshot.ts';
import { findLines } from './find-lines.ts';
import { findRecords } from './find-records.ts';
import { openRow } from './open-row.ts';
import type { OpenedRecord, OpenedRows } from './opened.ts';
import { readLandedLines } from './read-lines.ts';

/** Lines that are read at a time: each may have 16 MB. */
const MOST_RECORDS = 200;

export interface OpeningOptions {
  /** Under a lease of the caller. */
  readonly snapshot: Pick<SnapshotHandle, 'manifest' | 'tables'>;
  readonly directories: { readonly warehouse: string; readonly private: string; readonly landing: string };
  readonly mart: string;
  /** The values of the mart's key columns, in order. */
  readonly key: readonly string[];
  /** `none`: rows only, which the warehouse shows anyway. `place`: which records, and where from. `line`: their text, too. */
  readonly records: 'none' | 'place' | 'line';
}

export interface Opening extends OpenedRows {
  readonly records: readonly OpenedRecord[];
}

/**
 * Opens a row of a mart to the rows and records that it came from. Records are identified data: who calls this decides
 * who may see them, and writes down who did.
 *
 * @throws ChiasmError `row-not-found`, `records-closed` where the private directories cannot be read, `landing-damaged`
 */
export async function openRecords(options: OpeningOptions): Promise<Opening> {
  const { snapshot, directories, mart, key, records } = options;
  if (records !== 'none') await checkAccess([directories.private, directories.landing]);
  const instance = await openDuckDB({ threads: 1, memoryLimit: '1GB' });
  const connection = await instance.connect();
  try {
    await connection.run("set timezone = 'UTC'");
    await attachSnapshot(connection, snapshot, 'snapshot');
    await connection.run('use snapshot');
    const { rows, places, isTruncated } = await openRow(connection, mart, key);
    if (records === 'none') return { rows, isTruncated, records: [] };
    const { manifest } = snapshot;
    const known = await findRecords(connection, manifest, directories, places, MOST_RECORDS + 1);
    const lines = await findLines(connection, directories.landing, known.slice(0, MOST_RECORDS));
    return {
      rows,
      isTruncated: isTruncated || known.length > MOST_RECORDS,
      records:
        records === 'line'
          ? await readLandedLines(directories.landing, lines)
          : lines.map(({ record }) => ({ ...record, text: undefined })),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function checkAccess(paths: readonly string[]): Promise<void> {
  try {
    for (const path of paths) await access(path, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw new ChiasmError(
      'records-closed',
      'records can be opened only by who may read the private directories of the warehouse',
      { cause },
    );
  }
}
