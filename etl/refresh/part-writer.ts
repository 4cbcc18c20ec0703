import { queryJson } from '../warehouse/duckdb.ts';
import type { SnapshotFile } from '../warehouse/snapshot-manifest.ts';
import type { TableStore } from '../warehouse/table-store.ts';

/**
 * Writes a staging table that is made anew: each portion of `merge_fresh` as a file, but for the rows of recent records
 * (`recent_of_type`: scope, part), which are put aside and written last, the newest in small files of their own.
 */
export class PartWriter {
  readonly #store: TableStore;
  readonly #name: string;
  readonly #files: SnapshotFile[] = [];
  #hasRecent = false;

  constructor(store: TableStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** Takes the rows of `merge_fresh`. */
  async add(): Promise<void> {
    const { connection } = this.#store;
    const recent = `select f.*, r.part as __part from merge_fresh f join recent_of_type r on r.scope = f.__scope order by f.rowid`;
    await connection.run(
      this.#hasRecent
        ? `insert into recent_row ${recent}`
        : `create or replace temp table recent_row as ${recent}`,
    );
    this.#hasRecent = true;
    const old = '__scope not in (select scope from recent_of_type)';
    const [row] = await queryJson(connection, `select exists (from merge_fresh where ${old}) as has_old`);
    if (row?.['has_old'] === true) await this.#write(`merge_fresh where ${old} order by rowid`);
  }

  /** The files of the table; one without rows where there are none. */
  async finish(): Promise<readonly SnapshotFile[]> {
    const { connection } = this.#store;
    if (this.#hasRecent) {
      const parts = await queryJson(
        connection,
        'select distinct __part as part from recent_row order by __part desc',
      );
      for (const { part } of parts)
        await this.#write(`recent_row where __part = ${Number(part)} order by rowid`);
      await connection.run('drop table recent_row');
    }
    if (this.#files.length === 0) await this.#write('merge_fresh where false');
    return this.#files;
  }

  async #write(from: string): Promise<void> {
    const columns = from.startsWith('recent_row') ? '* exclude (__scope, __part)' : '* exclude (__scope)';
    this.#files.push(
      await this.#store.writeFile(
        'staging',
        this.#name,
        `select ${columns} from ${from}`,
        `select __scope as scope from ${from}`,
      ),
    );
  }
}
