import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentSnapshotNumber } from '../../etl/warehouse/current.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { adoptFile, publishSnapshot } from '../../etl/warehouse/publish.ts';
import {
  readManifest,
  type SnapshotManifest,
  type SnapshotTable,
} from '../../etl/warehouse/snapshot-manifest.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';

export type FixtureRow = Readonly<Record<string, string | number | boolean | null>>;
/** A mart to publish, as its declaration or a contract has it. */
export interface FixtureMart {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}
export type FixtureRows = Readonly<Record<string, readonly FixtureRow[]>>;

/**
 * Publishes a snapshot with every declared mart (or other `marts`) in its declared types; marts without rows are empty, and stay the files
 * that they were. `staging`
 * holds a query per further table, `createdAt` the moment of publication.
 */
export async function publishFixture(
  warehouse: string,
  rows: FixtureRows,
  {
    staging = {},
    createdAt = new Date(),
    profile = 'research',
    marts = loadMartDeclarations(),
  }: {
    readonly marts?: readonly FixtureMart[];
    readonly staging?: Readonly<Record<string, string>>;
    readonly createdAt?: Date;
    readonly profile?: string;
  } = {},
): Promise<SnapshotManifest> {
  const temporary = join(warehouse, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const current = await currentSnapshotNumber(warehouse);
  const before = current === undefined ? undefined : await readManifest(warehouse, current);
  const empties = before?.tables.filter((table) => table.rows === 0) ?? [];
  const instance = await openDuckDB({ threads: 2 });
  const connection = await instance.connect();
  try {
    await connection.run(`set timezone = 'UTC'`);
    const tables: SnapshotTable[] = [];
    for (const mart of marts) {
      const martRows = rows[mart.name] ?? [];
      const empty = empties.find((table) => table.schema === 'marts' && table.name === mart.name);
      if (martRows.length === 0 && empty !== undefined) {
        tables.push(empty);
        continue;
      }
      const input = join(temporary, `${mart.name}.ndjson`);
      const output = join(temporary, `${mart.name}.parquet`);
      writeFileSync(input, martRows.map((row) => `${JSON.stringify(checked(mart, row))}\n`).join(''));
      await connection.run(
        `copy (select * from read_json('${input}', format = 'newline_delimited', columns = ${columnTypes(mart)}))
         to '${output}' (format parquet)`,
      );
      const file = await adoptFile(warehouse, 'marts', mart.name, output, martRows.length);
      tables.push({
        schema: 'marts',
        name: mart.name,
        definition: 'test',
        rows: martRows.length,
        files: [file],
      });
    }
    for (const [name, sql] of Object.entries(staging)) {
      const output = join(temporary, `${name}.parquet`);
      await connection.run(`copy (${sql}) to '${output}' (format parquet)`);
      const file = await adoptFile(warehouse, 'staging', name, output, 1);
      tables.push({ schema: 'staging', name, definition: 'test', rows: 1, files: [file] });
    }
    return await publishSnapshot(warehouse, {
      createdAt: createdAt.toISOString(),
      profile,
      keyEpoch: 'test',
      modelHash: 'test',
      inputHash: 'test',
      runs: [],
      tables,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function columnTypes(mart: FixtureMart): string {
  return `{${mart.columns.map((column) => `${column.name}: '${column.type}'`).join(', ')}}`;
}

function checked(mart: FixtureMart, row: FixtureRow): FixtureRow {
  const known = new Set(mart.columns.map((column) => column.name));
  const stranger = Object.keys(row).find((name) => !known.has(name));
  if (stranger !== undefined) throw new Error(`${mart.name} declares no column ${stranger}`);
  return row;
}
