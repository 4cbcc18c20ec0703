import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlName, sqlString } from '../base/sql-text.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import { adoptFile, publishSnapshot } from '../etl/warehouse/publish.ts';
import type { SnapshotTable } from '../etl/warehouse/snapshot-manifest.ts';
import { loadMartDeclarations, type MartDeclaration } from '../models/mart-declaration.ts';

/** What a column holds, where it is not made from its type; `n` counts the rows. */
const VALUES: Readonly<Record<string, string>> = {
  patient_key: `md5('patient ' || n % PATIENTS)::uuid`,
  sex: `['female', 'male'][1 + n % 2]`,
  loinc_code: `(1000 + hash(n) % 300) || '-' || n % 10`,
  code_display: `'Laboratory value number ' || hash(n) % 300`,
  unit: `['mg/dL', '10*3/uL', 'mmol/L'][1 + n % 3]`,
  value_number: 'round((hash(n) % 100000) / 97.0, 2)',
};

function madeOf(column: string, type: string): string {
  const known = VALUES[column];
  if (known !== undefined) return known;
  if (type === 'UUID') return `md5('${column} ' || n)::uuid`;
  if (type === 'DATE') return `date '2010-01-01' + (hash(n) % 5000)::integer`;
  if (type.startsWith('TIMESTAMP'))
    return `timestamptz '2010-01-01' + (hash(n) % 400000000)::bigint * interval '1 second'`;
  if (type === 'DOUBLE') return '(n % 1000) / 8.0';
  if (type === 'BOOLEAN') return 'n % 3 = 0';
  if (/INT|DECIMAL/.test(type)) return 'n % 100';
  return `'${column}-' || n % 20`;
}

function selectRows({ name, columns }: MartDeclaration, rows: number, patients: number): string {
  const isPatients = name === 'patients';
  const list = columns.map(
    (column) => `cast(${madeOf(column.name, column.type)} as ${column.type}) as ${sqlName(column.name)}`,
  );
  const text = list.join(', ').replaceAll('PATIENTS', String(patients));
  return `select ${text} from range(${isPatients ? patients : rows}) r(n)`;
}

/** Tables of the benchmark, with where their rows are as CSV for another database. */
export interface SqlData {
  readonly warehouse: string;
  readonly tables: readonly {
    readonly mart: MartDeclaration;
    readonly csv: string;
    readonly parquet: string;
  }[];
}

/** Publishes `rows` laboratory results and their patients, the same for the same number; made once. */
export async function makeSqlData(folder: string, rows: number): Promise<SqlData> {
  const home = join(folder, `sql-${rows}`);
  const warehouse = join(home, 'warehouse');
  const patients = Math.max(100, Math.round(rows / 100));
  const marts = loadMartDeclarations().filter(({ name }) => name === 'patients' || name === 'lab_results');
  const tables = marts.map((mart) => ({
    mart,
    csv: join(home, `${mart.name}.csv`),
    parquet: join(home, `${mart.name}.parquet`),
  }));
  if (existsSync(join(warehouse, 'current'))) return { warehouse, tables };
  await mkdir(home, { recursive: true });
  const instance = await openDuckDB({ threads: 2 });
  const connection = await instance.connect();
  await connection.run(`set timezone = 'UTC'`);
  const published: SnapshotTable[] = [];
  for (const { mart, csv, parquet } of tables) {
    const source = join(home, `${mart.name}.tmp`);
    await connection.run(
      `copy (${selectRows(mart, rows, patients)}) to ${sqlString(source)} (format parquet, row_group_size 30000)`,
    );
    for (const [file, options] of [
      [csv, 'format csv, header false'],
      [parquet, 'format parquet, row_group_size 30000'],
    ] as const)
      await connection.run(
        `copy (from read_parquet(${sqlString(source)})) to ${sqlString(file)} (${options})`,
      );
    const count = mart.name === 'patients' ? patients : rows;
    const file = await adoptFile(warehouse, 'marts', mart.name, source, count);
    published.push({ schema: 'marts', name: mart.name, definition: 'bench', rows: count, files: [file] });
  }
  connection.closeSync();
  instance.closeSync();
  await publishSnapshot(warehouse, {
    createdAt: new Date(0).toISOString(),
    profile: 'research',
    keyEpoch: 'bench',
    modelHash: 'bench',
    inputHash: 'bench',
    runs: [],
    tables: published,
  });
  return { warehouse, tables };
}
