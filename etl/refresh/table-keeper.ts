import { queryJson } from '../warehouse/duckdb.ts';
import { mergeTable, type RowScope } from '../warehouse/merge-table.ts';
import type { SnapshotFile, SnapshotManifest, SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { TableSchema, TableStore } from '../warehouse/table-store.ts';

/**
 * The tables of the coming snapshot: each is kept as it was published, merged with what changed, or replaced. Knows
 * which tables changed, and collects in `main.changed_patient` whose rows did.
 */
export class TableKeeper {
  readonly #store: TableStore;
  readonly #published: ReadonlyMap<string, SnapshotTable>;
  readonly #tables = new Map<string, SnapshotTable>();
  readonly #changed = new Set<string>();
  /** Tables in which a row that belongs to no patient changed. */
  readonly #changedForAll = new Set<string>();

  private constructor(store: TableStore, published: ReadonlyMap<string, SnapshotTable>) {
    this.#store = store;
    this.#published = published;
  }

  static async open(store: TableStore, published: SnapshotManifest | undefined): Promise<TableKeeper> {
    await store.connection.run('create or replace table main.changed_patient (patient_key uuid)');
    return new TableKeeper(
      store,
      new Map((published?.tables ?? []).map((table) => [`${table.schema}.${table.name}`, table])),
    );
  }

  get tables(): readonly SnapshotTable[] {
    return [...this.#tables.values()];
  }

  get(schema: TableSchema, name: string): SnapshotTable | undefined {
    return this.#tables.get(`${schema}.${name}`);
  }

  /** The table as it is published now, whatever made it. */
  published(schema: TableSchema, name: string): SnapshotTable | undefined {
    return this.#published.get(`${schema}.${name}`);
  }

  /** The published table, if it was made by the same definition. */
  base(schema: TableSchema, name: string, definition: string): SnapshotTable | undefined {
    const table = this.#published.get(`${schema}.${name}`);
    return table?.definition === definition ? table : undefined;
  }

  isChanged(table: string): boolean {
    return this.#changed.has(table);
  }

  isChangedForAll(table: string): boolean {
    return this.#changedForAll.has(table);
  }

  async keep(base: SnapshotTable, definition: string): Promise<void> {
    await this.#take({ ...base, definition });
  }

  /** Merges `merge_fresh` into the scopes of `merge_scope` (see mergeTable). */
  async merge(
    base: SnapshotTable,
    definition: string,
    columns: readonly string[],
    scope: RowScope,
  ): Promise<void> {
    const change = await mergeTable(this.#store, base, columns, scope);
    await this.#take({ ...change.table, definition });
    if (change.rowsAdded + change.rowsRemoved === 0) return;
    const table = `${base.schema}.${base.name}`;
    this.#changed.add(table);
    if (base.schema === 'private') return;
    if (!columns.includes('patient_key')) {
      this.#changedForAll.add(table);
      return;
    }
    const { connection } = this.#store;
    await connection.run(`
      insert into main.changed_patient
      select distinct patient_key from (
        select patient_key from merge_added union all select patient_key from merge_removed
      ) where patient_key is not null`);
    const [row] = await queryJson(
      connection,
      `select exists (from merge_added where patient_key is null)
         or exists (from merge_removed where patient_key is null) as is_for_all`,
    );
    if (row?.['is_for_all'] === true) this.#changedForAll.add(table);
  }

  /** Puts other files in the place of a table; everybody's rows count as changed. */
  async replace(
    schema: TableSchema,
    name: string,
    definition: string,
    files: readonly SnapshotFile[],
  ): Promise<void> {
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    await this.#take({ schema, name, definition, rows, files: [...files] });
    this.#changed.add(`${schema}.${name}`);
    this.#changedForAll.add(`${schema}.${name}`);
  }

  async #take(table: SnapshotTable): Promise<void> {
    this.#tables.set(`${table.schema}.${table.name}`, table);
    await this.#store.show(table.schema, table.name, table.files);
  }
}
