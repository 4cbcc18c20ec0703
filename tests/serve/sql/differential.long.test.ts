import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SqlUnderTest, startSqlTestServer } from './sql-fixture.ts';

const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort() : [];
const programs = versions
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .filter((folder) => existsSync(join(folder, 'initdb')))
  .at(-1);
const isThere = programs !== undefined;
/** PostgreSQL does not run as root. */
const isRoot = process.getuid?.() === 0;

interface Case {
  readonly sql: string;
  readonly differs: string | undefined;
}

/** One query a line; a line `-- differs: why` goes before a query whose answers differ. */
function readCases(): readonly Case[] {
  const cases: Case[] = [];
  let differs: string | undefined;
  for (const line of readFileSync(join(import.meta.dirname, 'differential.sql'), 'utf8').split('\n')) {
    const reason = /^-- differs: (.+)$/.exec(line)?.[1];
    if (reason !== undefined) differs = reason;
    if (line === '' || line.startsWith('--')) continue;
    cases.push({ sql: line, differs });
    differs = undefined;
  }
  return cases;
}

const cases = readCases();
let server: SqlUnderTest;
let here: pg.Client;
let real: pg.Client;
let directory: string;

if (!isThere && process.env['CI'] === 'true')
  test('PostgreSQL is installed', () => expect.fail('PostgreSQL is needed in CI: see .ci/run'));

test('there are at least 150 cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
});

const testThere = isThere ? test : test.skip;
const reason = isThere ? '' : ' (skipped: PostgreSQL is not installed, see .ci/run)';

beforeAll(async () => {
  if (!isThere) return;
  server = await startSqlTestServer();
  here = await server.connect();
  directory = mkdtempSync(join(tmpdir(), 'chiasm-pg-'));
  const port = startPostgres(directory);
  real = new pg.Client({ host: directory, port, user: 'postgres', database: 'postgres' });
  await real.connect();
  await copyTables(here, real);
  await real.query(`set search_path = marts; set timezone = 'UTC'`);
});

afterAll(async () => {
  if (!isThere) return;
  await here.end();
  await real.end();
  asPostgres(`${programs}/pg_ctl -D ${directory}/data -m immediate stop`);
  rmSync(directory, { recursive: true, force: true });
  await server.close();
});

for (const { sql, differs } of cases)
  testThere(`${differs === undefined ? 'same' : `differs (${differs})`}: ${sql}${reason}`, async () => {
    const [mine, theirs] = [await answerOf(here, sql), await answerOf(real, sql)];
    if (differs === undefined) expect(mine).toEqual(theirs);
    else expect(mine).not.toEqual(theirs);
  });

/** Names, types and texts as they go over the wire; of an error its SQLSTATE. */
async function answerOf(client: pg.Client, text: string): Promise<unknown> {
  const raw = { types: { getTypeParser: () => String }, rowMode: 'array' } as Partial<pg.QueryConfig>;
  try {
    const { fields, rows } = await client.query({ ...raw, text });
    return { columns: fields.map(({ name, dataTypeID }) => [name, dataTypeID]), rows };
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function asPostgres(command: string): void {
  const [program, args] = isRoot ? ['su', ['postgres', '-c', command]] : ['sh', ['-c', command]];
  const { status, stderr } = spawnSync(program as string, args as string[], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(stderr);
}

/** A PostgreSQL of its own, reached through a socket in its directory. */
function startPostgres(where: string): number {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (isRoot) chownSync(where, id('-u'), id('-g'));
  chmodSync(where, 0o755);
  asPostgres(`${programs}/initdb -D ${where}/data -U postgres -A trust -E UTF8 --locale=C`);
  const settings = `-k ${where} -c listen_addresses= -c fsync=off -c timezone=UTC`;
  asPostgres(`${programs}/pg_ctl -D ${where}/data -o '${settings}' -l ${where}/log -w start`);
  return 5432;
}

async function copyTables(from: pg.Client, to: pg.Client): Promise<void> {
  await to.query('create schema marts');
  const { rows: tables } = await from.query(`
    select c.relname as name, string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'marts'::regnamespace and c.relkind = 'r' and a.attnum > 0 group by 1`);
  for (const { name, columns } of tables) {
    await to.query(`create table marts.${name} (${columns})`);
    const raw = { types: { getTypeParser: () => String }, rowMode: 'array' } as Partial<pg.QueryConfig>;
    const { rows, fields } = await from.query({ ...raw, text: `select * from marts.${name}` });
    const places = fields.map((_, index) => `$${index + 1}`).join(', ');
    for (const row of rows) await to.query(`insert into marts.${name} values (${places})`, row as unknown[]);
  }
}
