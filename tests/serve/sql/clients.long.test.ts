import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { testWith } from '../../support/test-with.ts';
import { makeCertificate, PASSWORD, type SqlUnderTest, startSqlTestServer } from './sql-fixture.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, 'clients');
const JDBC = '/usr/share/java/postgresql.jar';
const PYTHON = '/usr/bin/python3';
const PSQL = '/usr/bin/psql';

let server: SqlUnderTest;
let directory: string;
let certFile: string;

/** As off this machine: every client encrypts. */
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chiasm-tls-'));
  const tls = makeCertificate(directory);
  ({ certFile } = tls);
  server = await startSqlTestServer({ host: '0.0.0.0', tls });
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function outputOf(program: string, args: readonly string[], env: object = {}): Promise<string> {
  const { stdout } = await run(program, args, { env: { ...process.env, ...env }, timeout: 300_000 });
  return stdout;
}

function psql(connection: string, ...args: readonly string[]): Promise<string> {
  return outputOf(PSQL, ['-XAt', connection, ...args], { PGPASSWORD: PASSWORD });
}

const at = (port: number, more = ''): string => `host=127.0.0.1 port=${port} user=ana dbname=chiasm ${more}`;

testWith('psql', existsSync(PSQL), async () => {
  const here = at(server.port);
  const commands = [
    'd marts.patients',
    'd+ marts.imaging_series',
    'dt+ marts.*',
    'dn+',
    'du',
    'df',
    'di',
    'l',
  ];
  const described = await outputOf(
    PSQL,
    ['-X', here, ...commands.flatMap((command) => ['-c', `\\${command}`])],
    { PGPASSWORD: PASSWORD },
  );
  expect(described).toMatch(/FOREIGN KEY \(patient_key\) REFERENCES (marts\.)?patients\(patient_key\)/);
  expect(described).toContain('Slice thickness; the most frequent when instances differ. Unit: mm.');
  const variable = ['-v', 'sex=female', '-v', 'FETCH_COUNT=100', '-f', join(folder, 'psql.sql')];
  expect(await psql(here, ...variable)).toBe('t\nt\n500500\n');
  expect(await psql(here, '-c', `\\copy (select g, 'a' from generate_series(1, 2) g) to stdout`)).toBe(
    '1\ta\n2\ta\n',
  );
  await expect(psql(here, '-c', 'select * from staging.condition')).rejects.toThrow(/permission denied/);
  const verified = at(server.port, `sslmode=verify-full sslrootcert=${certFile}`);
  expect(await psql(verified, '-c', '\\conninfo')).toMatch(/TLSv1\.3/);
  await expect(psql(at(server.port, 'sslmode=disable'), '-c', 'select 1')).rejects.toThrow(/TLS only/);
});

testWith('psql is stopped by Ctrl-C', existsSync(PSQL), async () => {
  const endless = '\\copy (select g from generate_series(1, 100000000000) g) to stdout';
  const env = { ...process.env, PGPASSWORD: PASSWORD };
  const running = spawn(PSQL, ['-X', at(server.port), '-c', endless], { env });
  let told = '';
  running.stderr.on('data', (text) => {
    told += String(text);
  });
  await once(running.stdout, 'data');
  running.stdout.resume();
  running.kill('SIGINT');
  await once(running, 'close');
  expect(told).toContain('canceling statement due to user request');
});

testWith('psycopg 2 and 3, SQLAlchemy, psqlODBC', await hasPython(), async () => {
  const lines = (
    await outputOf(PYTHON, [join(folder, 'python_clients.py'), String(server.port), PASSWORD])
  ).split('\n');
  const values = `['1', '2', '3', '2.5', '12.3456', 'x', 'True', '2024-02-29', '2024-02-29 01:02:03.500000', '2024-02-28 23:02:03+00:00', '3 days, 4:05:06', '[1, 2, None]', '01:02:03', '00000000-0000-0000-0000-000000000001', '7', '2020-01-01', 'True']`;
  const rest = [
    'psycopg server cursor: (30, 70)',
    'psycopg binary copy: [(1,), (2,)]',
    'psycopg stream: [1, 2, 3]',
    'psycopg cancel: 57014',
  ];
  const odbc = [
    `odbc tables: ['imaging_series', 'imaging_studies']`,
    `odbc columns: ['uuid', 'text', 'date']`,
    `odbc key: ['series_key']`,
    `odbc foreign keys: ['imaging_studies', 'patients']`,
    `odbc parameters: ['1', '1']`,
    'odbc rows: 1000',
    'select * from staging.condition: 42501',
    'select nix from patients: 42703',
    'create temporary table x(a int): 25006',
    'odbc cancel: 57014',
  ];
  expect(lines.filter((line) => line !== '')).toEqual([
    'psycopg2 tables: True',
    `psycopg2 key: ['series_key']`,
    'psycopg2 parameters: True',
    'psycopg2 named cursor: 500500',
    String.raw`psycopg2 copy: 'g,?column?,?column?\n1,,"a,b"\n2,,"a,b"\n'`,
    String.raw`psycopg2 tricky copy: 'tab\\tnl\\nback\\\\\t\\N\t\tq"q\tü\t12.5\n"tab\tnl\nback\\",,"","q""q",ü,12.5\n\'tab\tnl\nback\\\';;\'\';q"q;ü;12.5\ntab\\tnl\\nback\\\\|~||q"q|ü|12.5\n'`,
    'psycopg2 cancel: 57014',
    `psycopg text: ${values}`,
    ...rest,
    `psycopg binary: ${values}`,
    ...rest,
    `sqlalchemy schemas: ['cube', 'information_schema', 'marts', 'public', 'staging']`,
    `sqlalchemy key: ['series_key']`,
    `sqlalchemy foreign keys: ['imaging_studies', 'patients']`,
    'sqlalchemy comment: People known to the health record',
    'sqlalchemy join: True',
    'sqlalchemy stream: 500500',
    ...odbc,
    ...odbc,
    ...odbc,
  ]);
});

testWith('pgjdbc', existsSync(JDBC) && existsSync('/usr/bin/javac'), async () => {
  const url = `jdbc:postgresql://127.0.0.1:${server.port}/chiasm?sslmode=require`;
  const lines = (await outputOf('java', ['-cp', JDBC, join(folder, 'Jdbc.java'), url, PASSWORD])).split('\n');
  expect(lines.map((line) => line.replace(/^(parameters): .+ 0\.1;$/, '$1'))).toEqual([
    'schemas: [cube, information_schema, marts, pg_catalog, public, staging]',
    'tables: [imaging_series, imaging_studies]',
    'columns: [series_key, study_key, series_instance_uid]',
    'remarks: [Slice thickness; the most frequent when instances differ. Unit: mm.]',
    'key: [series_key]',
    'references: [imaging_studies, patients]',
    'referenced: [diagnosis_imaging, imaging_events, imaging_evidence, imaging_links, imaging_series, pathology_slides]',
    'indexes: [patient_key]',
    'types: true',
    'rights: true',
    'same in text and binary: 1',
    'parameters',
    'values: 12345678902.25 00000000-0000-0000-0000-000000000001 2024-02-29T10:00:00Z',
    'cursor: 5050',
    'cancel: 57014',
    'select * from staging.condition: 42501',
    'insert into marts.patients default values: 25006',
    'select nix from marts.patients: 42703',
    'selct 1: 42601',
    '',
  ]);
});

async function hasPython(): Promise<boolean> {
  const modules = 'import psycopg, psycopg2, pyodbc, sqlalchemy';
  return run(PYTHON, ['-c', modules]).then(
    () => true,
    () => false,
  );
}
