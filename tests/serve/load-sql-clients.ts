import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type pg from 'pg';
import { int32 } from '../../serve/wire/backend.ts';
import type { Check, ClientKind } from './load-run.ts';
import type { ServerProcess } from './server-process.ts';
import { sqlStateOf } from './sql/sql-fixture.ts';

/** Minutes of work, and rows without end. */
const LONG =
  'select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000000) b where a.a * b.b % 7 = 3';
const ENDLESS = `select g, repeat('x', 100) from generate_series(1, 100000000) g`;

const PORTAL_ROWS = 250;
const TIMES = 2;

/** Those who keep their connection: each makes its queries on a client of its own. */
export function sqlKinds(server: ServerProcess): readonly ClientKind[] {
  const kind = (
    name: string,
    clients: number,
    ask: (client: pg.Client, nth: number, check: Check) => Promise<void>,
    options: pg.ClientConfig = {},
  ): ClientKind => ({
    name,
    clients,
    open: async () => {
      const client = await server.connect(options);
      return {
        ask: (nth, check) => ask(client, nth, check),
        close: () => client.end(),
      };
    },
  });
  const number = async (client: pg.Client, sql: string, values?: unknown[]): Promise<number> =>
    Number((await client.query<{ n: unknown }>(sql, values)).rows[0]?.n);
  return [
    kind('SQL, simple', 10, async (client, nth, check) => {
      if (nth % 2 === 0) {
        const n = await number(client, `select count(*) as n from patients where sex = 'female'`);
        check(n, ({ women }) => women);
        return;
      }
      const { rows } = await client.query<{ site_group: string; n: number }>(
        'select site_group, count(*)::int as n from cancer_diagnoses d join marts.patient_events e on e.source_key = d.diagnosis_key group by 1 order by 1',
      );
      const found = JSON.stringify(rows.map((row) => [row.site_group, row.n]));
      check(found, ({ sites }) => JSON.stringify(sites));
    }),
    kind('SQL, parameters', 10, async (client, nth, check) => {
      const value = limitOf(nth);
      const text = 'select count(*)::int as n from lab_results where value_number > $1';
      const query = { text, values: [value], ...(nth % 3 > 0 && { name: 'above' }) };
      const { rows } = await client.query<{ n: number }>(query);
      check(rows[0]?.n, (facts) => facts.resultsAbove(value));
    }),
    kind('SQL, portals and cursors', 8, async (client, nth, check) => {
      const sql = 'select patient_key from patients order by patient_key';
      let keys: readonly string[];
      if (nth % 2 === 0) {
        const query = { text: sql, rows: PORTAL_ROWS, rowMode: 'array' };
        keys = ((await client.query(query as never)) as { rows: string[][] }).rows.map(([key]) => key ?? '');
      } else {
        await client.query(`begin; declare c cursor for ${sql}`);
        const fetched: string[] = [];
        for (;;) {
          const { rows } = await client.query<{ patient_key: string }>(`fetch ${PORTAL_ROWS} from c`);
          fetched.push(...rows.map((row) => row.patient_key));
          if (rows.length < PORTAL_ROWS) break;
        }
        // One transaction, one snapshot.
        const n = await number(client, 'select count(*) as n from patients');
        if (n !== fetched.length) throw new Error('a transaction has read two snapshots');
        await client.query('commit');
        keys = fetched;
      }
      const found = keys.join();
      check(found, ({ patientKeys }) => patientKeys.join());
    }),
    kind('SQL, measures', 10, async (client, nth, check) => {
      if (nth % 3 === 0) {
        const n = await number(client, 'select measure(patients) as n from cube.population where sex = $1', [
          'female',
        ]);
        return check(n, ({ women }) => women);
      }
      const value = limitOf(nth);
      const n = await number(
        client,
        `select measure(results) as n from cube.labs where value_number > ${value}`,
      );
      check(n, (facts) => facts.resultsAbove(value));
    }),
    kind('SQL, many rows and COPY', 4, async (client, nth, check) => {
      const sql = `select s.*, g from imaging_series s, generate_series(1, ${TIMES}) g`;
      const { rowCount } = await client.query(
        [sql, `copy (${sql}) to stdout`, `copy (${sql}) to stdout (format binary)`][nth % 3] ?? sql,
      );
      check(rowCount, ({ series }) => series * TIMES);
    }),
    kind('SQL, cancel', 2, async (client) => {
      const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
      const cancelling = setInterval(() => {
        const socket = connect(server.sqlPort, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.end(Buffer.concat([int32(16), int32(80877102), int32(processID), int32(secretKey)]));
      }, 50);
      const state = await sqlStateOf(client, LONG).finally(() => clearInterval(cancelling));
      if (state !== '57014') throw new Error(`a cancelled query ended with ${state}`);
      // A cancel that was on its way may reach the next query; the one after it is whole.
      await sqlStateOf(client, 'select 1');
    }),
    {
      name: 'SQL, connect and go',
      clients: 6,
      open: async () => ({
        ask: async (nth, check) => {
          const client = await server.connect();
          if (nth % 4 === 0) return vanish(client);
          const n = await number(client, 'select count(*)::int as n from cancer_diagnoses');
          check(n, ({ tumours }) => tumours);
          await client.end();
        },
        close: async () => {},
      }),
    },
  ];
}

/** Goes away in the middle of an answer, without a word. */
async function vanish(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  client.on('error', () => undefined);
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.once('data', () => stream.destroy());
  client.query(ENDLESS).catch(() => undefined);
  await closed;
}

/** Another one each time, so that no answer is kept from before. */
export function limitOf(nth: number): number {
  return 8 + ((nth * 37) % 800) / 100 + 0.003;
}
