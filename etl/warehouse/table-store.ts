import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { adoptFile } from './publish.ts';
import type { SnapshotFile, SnapshotTable } from './snapshot-manifest.ts';

/** Small enough that a reader of one patient skips most of a file; measured to cost nothing. */
const ROW_GROUP_ROWS = 30_000;

export type TableSchema = SnapshotTable['schema'];

/** Where the files of tables are written and found. */
export class TableStore {
  readonly connection: DuckDBConnection;
  readonly #warehouse: string;
  readonly #private: string;
  readonly #spool: string;
  #sequence = 0;
  /** Bytes written to table files so far. */
  bytesWritten = 0;

  private constructor(connection: DuckDBConnection, warehouse: string, privateDirectory: string) {
    this.connection = connection;
    this.#warehouse = warehouse;
    this.#private = privateDirectory;
    this.#spool = join(privateDirectory, 'spool');
  }

  static async open(
    connection: DuckDBConnection,
    warehouse: string,
    privateDirectory: string,
  ): Promise<TableStore> {
    const store = new TableStore(connection, warehouse, privateDirectory);
    await rm(store.#spool, { recursive: true, force: true });
    await mkdir(store.#spool, { recursive: true, mode: 0o700 });
    await connection.run(
      'create schema if not exists staging; create schema if not exists marts; create schema if not exists private',
    );
    return store;
  }

  /** Absolute path of a table's file. */
  pathOf(schema: TableSchema, file: Pick<SnapshotFile, 'path'>): string {
    return join(schema === 'private' ? this.#private : this.#warehouse, file.path);
  }

  /** Absolute path of a file's lineage. */
  lineagePathOf(file: SnapshotFile): string {
    if (file.lineage === undefined) throw new Error('a file without lineage');
    return join(this.#private, file.lineage);
  }

  /** Writes the rows of a SELECT as one immutable file; with `lineageSelect`, the same rows' records beside it. */
  async writeFile(
    schema: TableSchema,
    name: string,
    select: string,
    lineageSelect?: string,
  ): Promise<SnapshotFile> {
    const root = schema === 'private' ? this.#private : this.#warehouse;
    const file = await this.#copy(root, schema, name, select);
    if (lineageSelect === undefined) return file;
    const lineage = await this.#copy(this.#private, 'lineage', name, lineageSelect);
    return { ...file, lineage: lineage.path };
  }

  /** Makes a table readable as `<schema>.<name>`. */
  async show(schema: TableSchema, name: string, files: readonly SnapshotFile[], where = ''): Promise<void> {
    const paths = files.map((file) => sqlString(this.pathOf(schema, file))).join(', ');
    await this.connection.run(
      `create or replace view ${schema}.${sqlName(name)} as select * from read_parquet([${paths}]) ${where}`,
    );
  }

  async close(): Promise<void> {
    await rm(this.#spool, { recursive: true, force: true });
  }

  async #copy(root: string, schema: string, name: string, select: string): Promise<SnapshotFile> {
    const temporary = join(this.#spool, `${this.#sequence++}.parquet`);
    const result = await this.connection.runAndReadAll(
      `copy (${select}) to ${sqlString(temporary)}
       (format parquet, compression zstd, row_group_size ${ROW_GROUP_ROWS})`,
    );
    const rows = Number(result.getRows()[0]?.[0] ?? 0);
    const file = await adoptFile(root, schema, name, temporary, rows);
    this.bytesWritten += file.bytes;
    return file;
  }
}
