import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { int16, int32, message } from '../../../serve/wire/backend.ts';
import { makeFixtureRows } from '../../cube/fixture-rows.ts';
import { contractOfRelease, heldReleases, problemsOf, replay, savedQueries } from './saved-query.ts';
import { type SqlUnderTest, sqlStateOf, startSqlTestServer } from './sql-fixture.ts';

const PATIENTS = makeFixtureRows(7, 90)['patients']?.length ?? 0;

let server: SqlUnderTest;
let ana: pg.Client;

beforeAll(async () => {
  server = await startSqlTestServer();
  ana = await server.connect();
});

afterAll(async () => {
  await ana.end();
  await server.close();
});

/** Minutes of work for two cores. */
const LONG =
  'select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000000) b where a.a * b.b % 7 = 3';

describe('sign-in', () => {
  test('nobody comes in with a wrong password, an unknown name or another database', async () => {
    for (const [user, config, code] of [
      ['ana', { password: 'wrong-password' }, '28P01'],
      ['nobody', {}, '28P01'],
      ['ana', { database: 'postgres' }, '3D000'],
    ] as const)
      await expect(server.connect(user, config)).rejects.toMatchObject({ code });
    expect(server.lines.filter((line) => line.includes('"sql-refused"'))).toHaveLength(3);
  });

  test('the server tells what it is and who asks', async () => {
    expect((await ana.query('show server_version')).rows).toEqual([{ server_version: '18.6' }]);
    expect((await ana.query('select current_user, current_database(), current_schema()')).rows).toEqual([
      { current_user: 'ana', current_database: 'chiasm', current_schema: 'marts' },
    ]);
  });
});

describe('queries', () => {
  test('parameters of every usual type come back as they went', async () => {
    const sql = `select $1::int2 a, $2::int4 b, $3::int8 c, $4::float8 d, $5::numeric e, $6::text f, $7::bool g,
      $8::date::text h, $9::uuid i, $10::text[] j, $11::bytea k, $12::timestamptz l, $13::interval::text m`;
    const values = [
      ...[1, -2, '9007199254740993', 0.1, '123456789012345.678', 'ü\'"\\', true, '2024-02-29'],
      ...['00000000-0000-0000-0000-00000000000f', ['a,b', null, '"'], Buffer.from([0, 255, 92])],
      ...[new Date('2024-02-29T12:00:00.5Z'), '1 day 02:00:00'],
    ];
    const expected = {
      ...{ a: 1, b: -2, c: '9007199254740993', d: 0.1, e: '123456789012345.678', f: 'ü\'"\\', g: true },
      ...{ h: '2024-02-29', i: values[8], j: values[9], k: values[10], l: values[11], m: '1 day 02:00:00' },
    };
    for (const name of [undefined, 'named', 'named'])
      expect((await ana.query({ text: sql, values, ...(name === undefined ? {} : { name }) })).rows).toEqual([
        expected,
      ]);
  });

  test('several statements answer in turn and read one snapshot', async () => {
    const answers = (await ana.query(
      'select count(*)::int n from patients; select 1 where false; select sex from marts.patients limit 2',
    )) as unknown as pg.QueryResult[];
    expect(answers.map(({ rowCount }) => rowCount)).toEqual([1, 0, 2]);
    expect(answers[0]?.rows).toEqual([{ n: PATIENTS }]);
  });

  test('nested values are JSON, lists are arrays', async () => {
    const eng = await server.connect('eng');
    const { rows } = await eng.query('select * from staging.condition');
    expect(rows).toEqual([{ number: 1, texts: ['a', 'b'], nested: { x: 1, y: 'z' } }]);
    await eng.end();
  });

  test('keys, comments and foreign keys are the model’s', async () => {
    const { rows } = await ana.query(`
      select conrelid::regclass::text as child, confrelid::regclass::text as parent, contype::text as kind,
        obj_description(conrelid, 'pg_class') as comment
      from pg_constraint where conrelid = 'marts.imaging_series'::regclass and contype in ('p', 'f') order by 2, 3`);
    expect(rows.map(({ kind, parent }) => `${kind} ${parent}`)).toEqual([
      'p -',
      'f imaging_studies',
      'f patients',
    ]);
    expect(rows[0].comment).toMatch(/Grain: one row per series/);
  });

  test('what drivers ask the catalog is answered', async () => {
    const file = readFileSync(join(import.meta.dirname, 'catalog-queries.sql'), 'utf8');
    const queries = file.split(/^--.*\n/m).filter((sql) => sql.trim() !== '');
    expect(queries.length).toBeGreaterThan(50);
    for (const sql of queries) expect([sql, await sqlStateOf(ana, sql)]).toEqual([sql, 'ok']);
  });

  test('what reports of the last two releases ask gives the same columns with the model as it is', async () => {
    const problems: string[] = [];
    for (const release of heldReleases()) {
      const contract = contractOfRelease(release);
      for (const saved of savedQueries(release))
        problems.push(...problemsOf(saved, await replay(ana, saved), contract));
    }
    expect(problems.join('\n')).toBe('');
  });

  test('settings belong to one session', async () => {
    const other = await server.connect();
    await ana.query(`set time zone 'Europe/Berlin'; set search_path = staging`);
    const moment = `select timestamptz '2024-07-01 00:00:00+00' as t`;
    const raw = { types: { getTypeParser: () => String } } as Partial<pg.QueryConfig>;
    const texts = [ana, other].map(
      async (client) => (await client.query({ ...raw, text: moment })).rows[0].t,
    );
    expect(await Promise.all(texts)).toEqual(['2024-07-01 02:00:00+02', '2024-07-01 00:00:00+00']);
    expect(await sqlStateOf(ana, 'select * from patients')).toBe('42P01');
    expect(await sqlStateOf(other, 'select * from patients')).toBe('ok');
    expect(await sqlStateOf(ana, 'set nix = 1')).toBe('42704');
    await ana.query('begin; set local search_path = public; commit');
    expect((await ana.query('show search_path')).rows).toEqual([{ search_path: 'staging' }]);
    await ana.query('discard all');
    expect((await ana.query('show search_path')).rows).toEqual([{ search_path: 'marts' }]);
    await other.end();
  });
});

describe('transactions and cursors', () => {
  test('a transaction reads one snapshot, whatever is published meanwhile', async () => {
    const count = async (): Promise<number> =>
      (await ana.query('select count(*)::int n from patients')).rows[0].n;
    await ana.query('begin');
    expect(await count()).toBe(PATIENTS);
    await server.publish(40);
    expect(await count()).toBe(PATIENTS);
    await ana.query('commit');
    expect(await count()).toBeLessThan(PATIENTS);
    await server.publish(90);
    expect(await count()).toBe(PATIENTS);
  });

  test('after an error a transaction waits for its end', async () => {
    await ana.query('begin');
    expect(await sqlStateOf(ana, 'select nix')).toBe('42703');
    expect(await sqlStateOf(ana, 'select 1')).toBe('25P02');
    expect((await ana.query('commit')).command).toBe('ROLLBACK');
    expect(await sqlStateOf(ana, 'select 1')).toBe('ok');
  });

  test('cursors hand over as many rows as are asked for', async () => {
    await ana.query('begin; declare c cursor for select g from generate_series(1, 5) g');
    expect((await ana.query('fetch 2 from c')).rows).toEqual([{ g: 1 }, { g: 2 }]);
    expect((await ana.query('move 1 from c')).command).toBe('MOVE');
    expect((await ana.query('fetch all from c')).rows).toEqual([{ g: 4 }, { g: 5 }]);
    expect((await ana.query('fetch next from c')).rows).toEqual([]);
    await ana.query('commit');
    expect(await sqlStateOf(ana, 'fetch 1 from c')).toBe('34000');
    expect(await sqlStateOf(ana, 'declare c cursor for select 1')).toBe('25P01');
    await ana.query('declare h cursor with hold for select count(*) from patients');
    await server.publish(40);
    expect((await ana.query('fetch 1 from h')).rows).toEqual([{ count: String(PATIENTS) }]);
    await ana.query('close h');
    await server.publish(90);
  });
});

describe('what is refused', () => {
  test('an error says where it is, also in the second statement', async () => {
    await expect(ana.query('select 1;\nselect ü_nix from patients')).rejects.toMatchObject({
      code: '42703',
      position: '18',
    });
    for (const [sql, code, position] of [
      ["select 'ä', * frm x", '42601', '15'],
      ["select 'ä', sex, foo(1) from patients", '42883', '18'],
      ["declare c cursor with hold for select 'ä', nix from patients", '42703', '44'],
      ["copy (select 'ä', nix from patients) to stdout", '42703', '19'],
      ["select 'ä', substring(sex from 'b') from patients", '0A000', '13'],
    ] as const)
      await expect(ana.query(sql)).rejects.toMatchObject({ code, position });
  });

  test('a table that the group may not read answers 42501, also to Describe, also beside a CTE of its name', async () => {
    const guest = await server.connect('guest');
    for (const [client, sql] of [
      [ana, 'select * from staging.condition'],
      [
        ana,
        'select * from patients, (with condition as (select 1) select * from condition) x, staging.condition',
      ],
      [guest, 'select 1 from marts.patients where false'],
      [guest, 'copy marts.patients to stdout'],
    ] as const)
      expect(await sqlStateOf(client, sql)).toBe('42501');
    await expect(
      ana.query({ name: 'closed', text: 'select * from staging.condition' }),
    ).rejects.toMatchObject({
      code: '42501',
    });
    expect(await sqlStateOf(guest, 'set search_path = staging; select * from condition')).toBe('42501');
    expect(
      (
        await guest.query(
          `select count(*)::int n from information_schema.tables where table_schema = 'marts'`,
        )
      ).rows,
    ).toEqual([{ n: 0 }]);
    await guest.end();
  });

  test('nothing is written, read from files, run as somebody else, or said to the catalog’s own server', async () => {
    const attacks: Readonly<Record<string, readonly string[]>> = {
      '25006': [
        'insert into patients default values',
        'delete from patients',
        'create table x(a int)',
        'drop schema marts cascade',
        'select * into x from patients',
        'select * from patients for update',
        'with x as (delete from patients returning *) select * from x',
        'create temporary table t(a int)',
        'copy patients from stdin',
        'lock table patients',
        'truncate patients',
        'grant select on staging.condition to ana',
        'alter role ana superuser',
        'create function f() returns int language sql as $$ select 1 $$',
        'vacuum',
      ],
      '42501': [
        `copy patients to '/tmp/x'`,
        `copy patients to program 'id'`,
        'set session authorization postgres',
        'set role postgres',
        `select set_config('session_authorization', 'postgres', false)`,
        `select set_config('role', 'postgres', false)`,
      ],
      '0A000': [
        `do $$ begin raise notice 'x'; end $$`,
        `select pg_read_file('/etc/passwd')`,
        `select pg_read_file('/etc/passwd') from pg_class`,
        `select set_config('session_authorization', 'postgres', false) from pg_class`,
        `select 1 from pg_class where set_config('role', 'postgres', false) = ''`,
        'select pg_sleep(10)',
        'select pg_terminate_backend(1)',
        'select lo_import($$/etc/passwd$$)',
        `select query_to_xml('select 1', true, true, '')`,
        'select * from pg_ls_dir($$/$$)',
        'explain select 1',
        'prepare x as select 1',
        'call f()',
        `load 'x'`,
        'listen x',
      ],
      '42883': [
        `select * from read_parquet('/etc/passwd')`,
        `select * from patients, read_csv('/etc/passwd')`,
        `select * from glob('/*') g`,
      ],
      '42601': [
        'pragma database_list',
        `attach '/tmp/x' as y`,
        'from patients',
        `select * from '/etc/passwd'`,
        'install httpfs',
      ],
      '42P01|0A000|3F000': [
        'select * from "/etc/passwd"',
        'select * from snapshot_1_1.marts.patients',
        'select * from main.duckdb_settings',
        'select * from duckdb_tables',
      ],
    };
    for (const [state, statements] of Object.entries(attacks))
      for (const sql of statements) {
        const answered = await sqlStateOf(ana, sql);
        expect([sql, answered]).toEqual([sql, expect.stringMatching(new RegExp(`^(${state})$`))]);
      }
    expect((await ana.query('select current_user, session_user from pg_class limit 1')).rows).toEqual([
      { current_user: 'ana', session_user: 'ana' },
    ]);
  });

  test('what PostgreSQL knows and this server does not is said', async () => {
    for (const sql of [
      `select to_char(1.5, '9D9')`,
      'select * from patients tablesample bernoulli (10)',
      `select substring('abc' from 'b')`,
      'select * from patients, pg_class',
      `select * from generate_series(1, 2) with ordinality`,
    ])
      expect([sql, await sqlStateOf(ana, sql)]).toEqual([sql, '0A000']);
  });

  test('the audit says who read what, and nothing of what was asked or answered', async () => {
    server.lines.length = 0;
    await ana.query(`select * from patients where sex = 'a secret literal'`);
    await sqlStateOf(ana, `select 'a secret literal'::int from patients`);
    await sqlStateOf(ana, `select 'a secret literal' from staging.condition`);
    const lines = server.lines.map((line) => JSON.parse(line));
    expect(
      lines.map(({ event, subject, tables, rows, status }) => [event, subject, tables, rows, status]),
    ).toEqual([
      ['sql-query', 'ana', ['marts.patients'], 0, 'ok'],
      ['sql-query', 'ana', ['staging.condition'], undefined, '42501'],
    ]);
    expect(server.lines.join()).not.toContain('secret');
  });
});

describe('clients that are slow, hasty or gone', () => {
  test('a cancel request stops what runs; the session goes on', async () => {
    const { processID, secretKey } = ana as unknown as { processID: number; secretKey: number };
    const running = sqlStateOf(ana, LONG);
    const cancelling = setInterval(() => {
      const socket = connect(server.port, '127.0.0.1');
      socket.end(Buffer.concat([int32(16), int32(80877102), int32(processID), int32(secretKey)]));
    }, 50);
    const state = await running.finally(() => clearInterval(cancelling));
    expect(state).toBe('57014');
    await expect.poll(() => sqlStateOf(ana, 'select 1')).toBe('ok');
  });

  test('a statement stops at its timeout', async () => {
    await ana.query(`set statement_timeout = '200ms'`);
    expect(await sqlStateOf(ana, LONG)).toBe('57014');
    expect(await sqlStateOf(ana, 'copy (select g from generate_series(1, 100000000000) g) to stdout')).toBe(
      '57014',
    );
    await ana.query('reset all');
  });

  test('an error after the first rows is an error, not an end', async () => {
    const late = `select case when g = 3000000 then 'x' else '1' end::int from generate_series(1, 5000000) g`;
    expect(await sqlStateOf(ana, `copy (${late}) to stdout`)).toBe('22000');
  });

  test('a client that does not read does not stop the others, nor after it is gone', async () => {
    const stalled = [
      await server.connect(),
      await server.connect(),
      await server.connect(),
      await server.connect(),
    ];
    for (const client of stalled) {
      const { stream } = (client as unknown as { connection: { stream: import('node:net').Socket } })
        .connection;
      client.query(`select g, repeat('x', 100) from generate_series(1, 100000000) g`).catch(() => undefined);
      client.on('error', () => undefined);
      stream.pause();
    }
    for (let round = 0; round < 20; round += 1)
      expect((await ana.query('select count(*)::int n from patients')).rows).toEqual([{ n: PATIENTS }]);
    for (const client of stalled)
      (
        client as unknown as { connection: { stream: import('node:net').Socket } }
      ).connection.stream.destroy();
    expect(await sqlStateOf(ana, 'select 1')).toBe('ok');
  });

  test('messages sent ahead are answered in order; after an error up to Sync they are passed over', async () => {
    const client = await server.connect();
    client.on('error', () => undefined);
    const { connection } = client as unknown as {
      connection: { stream: import('node:net').Socket; removeAllListeners: () => void };
    };
    connection.stream.removeAllListeners('data');
    const types: string[] = [];
    let rest = Buffer.alloc(0);
    connection.stream.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
        types.push(rest.toString('latin1', 0, 1));
        rest = rest.subarray(1 + rest.readInt32BE(1));
      }
    });
    const parse = (sql: string): Buffer => message('P', '', sql, int16(0));
    const run = (max: number): Buffer =>
      Buffer.concat([message('B', '', '', int16(0), int16(0), int16(0)), message('E', '', int32(max))]);
    const sync = message('S');
    connection.stream.write(
      Buffer.concat([
        ...[
          parse('select g from generate_series(1, 3) g'),
          run(2),
          message('E', '', int32(0)),
          parse('select 1'),
          run(0),
        ],
        ...[sync, parse('select nix'), run(0), parse('select 1'), sync, parse(''), run(0), sync],
      ]),
    );
    await expect.poll(() => types.filter((type) => type === 'Z').length).toBe(3);
    expect(types.join('')).toBe('12DDsDC12DCZEZ12IZ');
    connection.stream.destroy();
  });

  test('more connections than are allowed are turned away, and what is no PostgreSQL is cut off', async () => {
    const clients: pg.Client[] = [];
    const fill = async (): Promise<void> => {
      for (;;) clients.push(await server.connect());
    };
    await expect(fill()).rejects.toMatchObject({ code: '53300' });
    for (const client of clients) await client.end();
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
  });
});
