import { sqlName } from '../../base/sql-text.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import { mergeTable, type RowScope } from '../warehouse/merge-table.ts';
import type { SnapshotFile, SnapshotManifest, SnapshotTable } from '../warehouse/snapshot-manifest.ts';
import type { TableSchema, TableStore } from '../warehouse/table-store.ts';
import type { TableRecord } from './run-record.ts';
import { secondsSince } from './run-recorder.ts';

/** The rows of a merged table that are new. */
export const addedRows = (table: string): string => sqlName(`added ${table}`);
/** The rows of a merged table that are gone. */
export const removedRows = (table: string): string => sqlName(`removed ${table}`);
/** All rows that a merged table has of the scopes that were merged. */
export const freshRows = (table: string): string => sqlName(`fresh ${table}`);

/**
 * The tables of the coming snapshot: each is kept as it was published, merged with what changed, or replaced. Knows
 * which tables changed, and collects in `main.changed_patient` whose rows did. The rows that changed stay readable (see `addedRows`) until the
 * run ends.
 */
export class TableKeeper {
  readonly #store: TableStore;
  readonly #published: ReadonlyMap<string, SnapshotTable>;
  readonly #tables = new Map<string, SnapshotTable>();
  readonly #changed = new Set<string>();
  readonly #replaced = new Set<string>();
  /** Tables in which a row that belongs to no patient changed. */
  readonly #changedForAll = new Set<string>();
  readonly #records: TableRecord[] = [];
  /** When the work on the table that comes next began. */
  #beganMs = performance.now();

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

  /** The time until the next table is taken is that table's. */
  begin(): void {
    this.#beganMs = performance.now();
  }

  /** What became of the tables that did not stay as they were. */
  get records(): readonly TableRecord[] {
    return this.#records;
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

  /** Every row counts as changed, and which ones did is not known. */
  isReplaced(table: string): boolean {
    return this.#replaced.has(table);
  }

  isChangedForAll(table: string): boolean {
    return this.#changedForAll.has(table);
  }

  async keep(base: SnapshotTable, definition: string): Promise<void> {
    await this.#take({ ...base, definition });
    this.begin();
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
    if (change.rowsAdded + change.rowsRemoved === 0) return this.begin();
    this.#note(change.table, 'merged', change.rowsAdded, change.rowsRemoved);
    const table = `${base.schema}.${base.name}`;
    this.#changed.add(table);
    if (base.schema === 'private') return;
    const list = columns.map(sqlName).join(', ');
    await this.#store.connection.run(`
      create or replace temp table ${addedRows(table)} as select ${list} from merge_added;
      create or replace temp table ${removedRows(table)} as select ${list} from merge_removed;
      create or replace temp table ${freshRows(table)} as select ${list} from merge_fresh`);
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
    const table = { schema, name, definition, rows, files: [...files] };
    await this.#take(table);
    this.#note(table, 'replaced', rows, this.published(schema, name)?.rows ?? 0);
    this.#changed.add(`${schema}.${name}`);
    this.#replaced.add(`${schema}.${name}`);
    this.#changedForAll.add(`${schema}.${name}`);
  }

  async #take(table: SnapshotTable): Promise<void> {
    this.#tables.set(`${table.schema}.${table.name}`, table);
    await this.#store.show(table.schema, table.name, table.files);
  }

  #note(table: SnapshotTable, how: TableRecord['how'], rowsAdded: number, rowsRemoved: number): void {
    const known = new Set(this.published(table.schema, table.name)?.files.map((file) => file.path));
    const written = table.files.filter((file) => !known.has(file.path));
    this.#records.push({
      table: `${table.schema}.${table.name}`,
      how,
      rows: table.rows,
      rowsAdded,
      rowsRemoved,
      bytesWritten: written.reduce((sum, file) => sum + file.bytes, 0),
      seconds: secondsSince(this.#beganMs),
    });
    this.begin();
  }
}
