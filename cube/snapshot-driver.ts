import { interruptible } from '../etl/warehouse/interrupt.ts';
import { databaseErrorKind } from './database-error.ts';
import { buildTransform, convertDuckDBParams, DuckDBDriver, transformChunk } from './portable-core.ts';
import type { ServedSnapshots } from './served-snapshots.ts';

type Cancelable<T> = Promise<T> & { cancel?: () => Promise<void> };

/**
 * Cube's DuckDB driver bound to one snapshot of the server's own DuckDB: it opens no database, installs no
 * extension, and reads only the catalog of its snapshot.
 */
export class SnapshotDriver extends DuckDBDriver {
  private readonly snapshots: ServedSnapshots;
  private readonly snapshot: number;

  constructor(snapshots: ServedSnapshots, snapshot: number) {
    super({});
    this.snapshots = snapshots;
    this.snapshot = snapshot;
  }

  protected override init(): never {
    throw new Error('this driver reads a snapshot and opens no database');
  }

  override query<R = unknown>(query: string, values: unknown[] = []): Promise<R[]> {
    const stop = new AbortController();
    const result: Cancelable<R[]> = this.run<R>(query, values, stop.signal);
    result.cancel = async () => stop.abort();
    return result;
  }

  private async run<R>(query: string, values: unknown[], signal: AbortSignal): Promise<R[]> {
    const hold = this.snapshots.holdNumber(this.snapshot);
    if (hold === undefined) throw new Error('the snapshot of this query is closed');
    try {
      return await hold.query((connection) =>
        interruptible(connection, signal, async () => {
          const result = await connection.run(query, convertDuckDBParams(values));
          const transform = buildTransform(result.columnNames(), result.columnTypes());
          const chunks = await result.fetchAllChunks();
          return chunks.flatMap((chunk) => transformChunk(chunk, transform)) as R[];
        }),
      );
    } catch (error) {
      throw new Error(databaseErrorKind(error instanceof Error ? error.message : ''));
    } finally {
      hold.release();
    }
  }

  override async release(): Promise<void> {
    // The server owns the database.
  }
}
