import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlName, sqlString, sqlStringList } from '../../base/sql-text.ts';
import { adoptFile } from '../warehouse/publish.ts';
import type { SnapshotTable } from '../warehouse/snapshot-manifest.ts';

/** Small enough that a reader of one patient skips most of a file; measured to cost nothing. */
const ROW_GROUP_ROWS = 30_000;

/** Writes the tables of the coming snapshot, each readable as `<schema>.<name>` as soon as it is written. */
export class WarehouseWriter {
  readonly #connection: DuckDBConnection;
  readonly #warehouse: string;
  readonly #spool: string;
  readonly #tables: SnapshotTable[] = [];

  private constructor(connection: DuckDBConnection, warehouse: string, spool: string) {
    this.#connection = connection;
    this.#warehouse = warehouse;
    this.#spool = spool;
  }

  static async create(connection: DuckDBConnection, warehouse: string): Promise<WarehouseWriter> {
    const spool = join(warehouse, 'spool');
    await rm(spool, { recursive: true, force: true });
    await mkdir(spool, { recursive: true, mode: 0o700 });
    await connection.run('create schema if not exists staging; create schema if not exists marts');
    return new WarehouseWriter(connection, warehouse, spool);
  }

  get tables(): readonly SnapshotTable[] {
    return this.#tables;
  }

  async write(schema: 'staging' | 'marts', name: string, select: string): Promise<SnapshotTable> {
    const temporary = join(this.#spool, `${schema}.${name}.parquet`);
    const result = await this.#connection.runAndReadAll(
      `copy (${select}) to ${sqlString(temporary)}
       (format parquet, compression zstd, row_group_size ${ROW_GROUP_ROWS})`,
    );
    const rows = Number(result.getRows()[0]?.[0] ?? 0);
    const file = await adoptFile(this.#warehouse, schema, name, temporary, rows);
    const path = join(this.#warehouse, file.path);
    await this.#connection.run(
      `create or replace view ${schema}.${sqlName(name)} as select * from read_parquet(${sqlStringList([path])})`,
    );
    const table: SnapshotTable = { schema, name, rows, files: [file] };
    this.#tables.push(table);
    return table;
  }

  async close(): Promise<void> {
    await rm(this.#spool, { recursive: true, force: true });
  }
}
