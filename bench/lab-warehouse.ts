import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isFile } from '../base/files.ts';
import { sqlString } from '../base/sql-text.ts';
import { buildRollups } from '../cube/build-rollups.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import { adoptFile, publishSnapshot } from '../etl/warehouse/publish.ts';
import type { SnapshotFile, SnapshotTable } from '../etl/warehouse/snapshot-manifest.ts';
import { loadMartDeclarations, type MartDeclaration } from '../models/mart-declaration.ts';

export const FIRST_YEAR = 2010;
export const YEARS = 15;

/** LOINC codes of the results, the same number of each. */
export const CODES: readonly string[] = [
  '718-7',
  '6690-2',
  '777-3',
  '4544-3',
  '789-8',
  '787-2',
  '785-6',
  '786-4',
  '788-0',
  '751-8',
  '2160-0',
  '3094-0',
  '2951-2',
  '2823-3',
  '2075-0',
  '17861-6',
  '1742-6',
  '1920-8',
  '1975-2',
  '2039-6',
];

const GROUPS = ['blood count', 'kidney', 'electrolytes', 'liver', 'tumor marker'];

/**
 * A warehouse with one snapshot: `rows` laboratory results of persons with 100 results each, in files per year as a refresh
 * leaves them, with its rollups. Every other mart is empty. Made once per number of rows.
 */
export async function makeLabWarehouse(folder: string, rows: number): Promise<string> {
  const warehouse = join(folder, `labs-${rows}`);
  if (await isFile(join(warehouse, 'made'))) return warehouse;
  await mkdir(join(warehouse, 'tmp'), { recursive: true });
  const instance = await openDuckDB({ temporaryDirectory: join(warehouse, 'tmp', 'spill') });
  const connection = await instance.connect();
  try {
    await connection.run(`set timezone = 'UTC'`);
    const tables: SnapshotTable[] = [];
    for (const mart of loadMartDeclarations()) {
      const files = await writeMart(connection, warehouse, mart, rows);
      const count = files.reduce((sum, file) => sum + file.rows, 0);
      tables.push({ schema: 'marts', name: mart.name, definition: 'bench', rows: count, files: [...files] });
    }
    const { number } = await publishSnapshot(warehouse, {
      createdAt: new Date().toISOString(),
      profile: 'research',
      keyEpoch: 'bench',
      modelHash: 'bench',
      inputHash: 'bench',
      runs: [],
      tables,
    });
    await buildRollups(warehouse, number);
    await connection.run(`copy (select 1) to ${sqlString(join(warehouse, 'made'))} (format csv)`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return warehouse;
}

async function writeMart(
  connection: DuckDBConnection,
  warehouse: string,
  mart: MartDeclaration,
  rows: number,
): Promise<readonly SnapshotFile[]> {
  const write = async (select: string, count: number): Promise<SnapshotFile> => {
    const path = join(warehouse, 'tmp', `${mart.name}.parquet`);
    await connection.run(`copy (${select}) to ${sqlString(path)} (format parquet, row_group_size 30000)`);
    return adoptFile(warehouse, 'marts', mart.name, path, count);
  };
  if (mart.name === 'lab_results') return writeResults(connection, mart, rows, write);
  if (mart.name === 'patients') {
    const persons = Math.ceil(rows / 100);
    return [await write(selectOf(mart, PATIENT, `range(${persons}) as t(n)`), persons)];
  }
  return [await write(selectOf(mart, {}, 'range(0) as t(n)'), 0)];
}

async function writeResults(
  connection: DuckDBConnection,
  mart: MartDeclaration,
  rows: number,
  write: (select: string, count: number) => Promise<SnapshotFile>,
): Promise<readonly SnapshotFile[]> {
  await connection.run(`create temp table result as ${selectOf(mart, RESULT, `range(${rows}) as t(n)`)}`);
  const files: SnapshotFile[] = [];
  for (let year = FIRST_YEAR; year < FIRST_YEAR + YEARS; year++) {
    const from = `from result where year(result_date) = ${year}`;
    const count = Number((await connection.runAndReadAll(`select count(*) ${from}`)).getRows()[0]?.[0]);
    files.push(await write(`select * ${from} order by loinc_code, patient_key, result_date`, count));
  }
  await connection.run('drop table result');
  return files;
}

/** Every column of a mart: by its expression over `n`, or empty. */
function selectOf(
  mart: MartDeclaration,
  expressions: Readonly<Record<string, string>>,
  from: string,
): string {
  const columns = mart.columns.map(
    ({ name, type }) => `(${expressions[name] ?? 'null'})::${type} as ${name}`,
  );
  return `select ${columns.join(', ')} from ${from}`;
}

const PATIENT: Readonly<Record<string, string>> = {
  patient_key: `md5('patient ' || n)`,
  sex: `['female', 'male'][1 + (n % 2)::integer]`,
  has_cancer: 'n % 3 = 0',
  birth_year: '1935 + n % 70',
  source: `'ehr'`,
};

const CODE = `(hash(n) % ${CODES.length})::integer`;
const VALUE = `round(50 + hash(n, 1) % 10000 / 100.0, 2)`;
const RESULT: Readonly<Record<string, string>> = {
  lab_result_key: `md5('result ' || n)`,
  observation_key: `md5('result ' || n)`,
  patient_key: `md5('patient ' || (n // 100))`,
  status: `'final'`,
  loinc_code: `[${CODES.map((code) => `'${code}'`).join(', ')}][1 + ${CODE}]`,
  code: `[${CODES.map((code) => `'${code}'`).join(', ')}][1 + ${CODE}]`,
  code_display: `'test ' || ${CODE}`,
  lab_group: `[${GROUPS.map((group) => `'${group}'`).join(', ')}][1 + ${CODE} % ${GROUPS.length}]`,
  result_date: `date '${FIRST_YEAR}-01-01' + (hash(n, 2) % ${Math.floor(YEARS * 365.2)})::integer`,
  result_precision: `'day'`,
  value_number: VALUE,
  unit: `'mg/dL'`,
  reference_low: '60',
  reference_high: '130',
  interpretation: `case when ${VALUE} < 60 then 'L' when ${VALUE} > 130 then 'H' else 'N' end`,
  is_abnormal: `${VALUE} not between 60 and 130`,
  source: `'ehr'`,
};
