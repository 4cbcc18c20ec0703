import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from '../../base/files.ts';

/** Where the semantic layer keeps what it has counted beforehand: a DuckDB file per snapshot, made from its tables alone. */
export function rollupsDirectory(warehouse: string): string {
  return join(warehouse, 'rollups');
}

/** `version` names the definitions that the file was made by: others look elsewhere. */
export function rollupPath(warehouse: string, snapshot: number, version: string): string {
  return join(rollupsDirectory(warehouse), `${snapshot}-${version}.duckdb`);
}

/** Removes the files of snapshots that are not among `kept`, and what was half written. Readers keep what they have open. */
export async function sweepRollups(warehouse: string, kept: ReadonlySet<number>): Promise<void> {
  for (const name of await listDirectory(rollupsDirectory(warehouse))) {
    const number = Number(/^(\d+)-[0-9a-f]+\.duckdb$/.exec(name)?.[1] ?? Number.NaN);
    if (!kept.has(number)) await rm(join(rollupsDirectory(warehouse), name), { force: true });
  }
}
