import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { listDirectory } from '../../base/files.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { adoptFile } from './publish.ts';
import type { SnapshotFile, SnapshotTable } from './snapshot-manifest.ts';

/** Small enough that a reader of one patient skips most of a file; measured to cost nothing. */
const ROW_GROUP_ROWS = 30_000;

export type TableSchema = SnapshotTable['schema'];

/** When a merge makes one file of several, so that their number does not grow with the nights. */
export interface FoldPolicy {
  /** Files with fewer rows are small: eight of them are made one. */
  readonly smallRows: number;
  /** Nights with many changes leave larger ones, with fewer rows than this. */
  readonly middleRows: number;
  /** Of more of these the oldest eight are made one. */
  readonly middleFiles: number;
}

const FOLD: FoldPolicy = { smallRows: 25_000, middleRows: 100_000, middleFiles: 40 };

/** Where the files of tables are written and found. */
export class TableStore {
  readonly connection: DuckDBConnection;
  /** When a merge makes one file of several. */
  readonly fold: FoldPolicy;
  readonly #warehouse: string;
  readonly #private: string;
  readonly #spool: string;
  #sequence = 0;
  /** Bytes written to table files so far. */
  bytesWritten = 0;

  private constructor(
    connection: DuckDBConnection,
    warehouse: string,
    privateDirectory: string,
    fold: FoldPolicy,
  ) {
    this.connection = connection;
    this.fold = fold;
    this.#warehouse = warehouse;
    this.#private = privateDirectory;
    this.#spool = join(privateDirectory, 'spool');
  }

  static async open(
    connection: DuckDBConnection,
    warehouse: string,
    privateDirectory: string,
    fold: FoldPolicy = FOLD,
  ): Promise<TableStore> {
    const store = new TableStore(connection, warehouse, privateDirectory, fold);
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

  /** Lets `<schema>.<name>` be some other rows: SQL after `from`. */
  async showRows(schema: TableSchema, name: string, rows: string): Promise<void> {
    await this.connection.run(`create or replace view ${schema}.${sqlName(name)} as from ${rows}`);
  }

  /**
   * Writes the rows of a SELECT as one file for each value of its column `__part` (INTEGER), in that order; `order` is
   * how the rows of a file lie. Memory does not grow with the rows.
   */
  async writeParts(
    schema: TableSchema,
    name: string,
    select: string,
    order: string,
  ): Promise<readonly { readonly part: number; readonly file: SnapshotFile }[]> {
    const directory = join(this.#spool, `${this.#sequence++}`);
    await this.connection.run(
      `copy (${select}) to ${sqlString(directory)} (format parquet, partition_by (__part))`,
    );
    const parts = (await listDirectory(directory)).map((each) => Number(each.replace('__part=', '')));
    const written: { part: number; file: SnapshotFile }[] = [];
    for (const part of parts.sort((a, b) => a - b)) {
      const own = join(directory, `__part=${part}`);
      const rows = `from read_parquet(${sqlString(join(own, '*.parquet'))}, hive_partitioning = false)`;
      written.push({ part, file: await this.writeFile(schema, name, `${rows} order by ${order}`) });
      await rm(own, { recursive: true, force: true });
    }
    return written;
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
