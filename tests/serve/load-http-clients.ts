import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tableFromIPC } from 'apache-arrow';
import { signToken } from '../../serve/token.ts';
import type { Facts } from './load-facts.ts';
import type { Check, ClientKind } from './load-run.ts';
import { limitOf } from './load-sql-clients.ts';
import { SECRET } from './serve-fixture.ts';
import type { ServerProcess } from './server-process.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Each client has a connection of its own, which it keeps. */
export function httpKinds({ url }: ServerProcess): readonly ClientKind[] {
  const token = signToken({ subject: 'ana', group: 'analysts', secret: SECRET, expiresIn: '1h' });
  const kind = (
    name: string,
    clients: number,
    ask: (get: (path: string, body?: object) => Promise<Answer>, nth: number, check: Check) => Promise<void>,
  ): ClientKind => ({
    name,
    clients,
    open: async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      return {
        ask: (nth, check) => ask((path, body) => send(agent, url + path, token, body), nth, check),
        close: async () => agent.destroy(),
      };
    },
  });
  return [
    kind('REST, load', 22, async (get, nth, check) => {
      const value = limitOf(nth);
      const [member, query, truth] = (
        [
          [
            'labs.results',
            { filters: [{ member: 'labs.value_number', operator: 'gt', values: [String(value)] }] },
            (facts: Facts) => facts.resultsAbove(value),
          ],
          [
            'population.patients',
            { filters: [{ member: 'population.sex', operator: 'equals', values: ['female'] }] },
            ({ women }: Facts) => women,
          ],
        ] as const
      )[nth % 3 === 0 ? 1 : 0];
      const asked = encodeURIComponent(JSON.stringify({ measures: [member], ...query }));
      for (;;) {
        const answer = await get(`/cubejs-api/v1/load?query=${asked}`);
        const body = JSON.parse(answer.body.toString()) as {
          data?: Record<string, string>[];
          error?: string;
        };
        if (body.error === 'Continue wait') continue;
        const n = Number(whole(answer) && body.data?.[0]?.[member]);
        return check(n, truth, snapshotOf(answer));
      }
    }),
    kind('POST /sql', 10, async (get, nth, check) => {
      const value = limitOf(nth);
      const sql =
        nth % 2 === 0
          ? 'select count(*) as n from lab_results where value_number > $1'
          : 'select measure(results) as n from cube.labs where value_number > $1';
      const answer = await get('/sql', { sql, parameters: [value], format: nth % 4 < 2 ? 'csv' : 'ndjson' });
      const n = Number(/\d+/.exec(whole(answer).toString())?.[0]);
      check(n, (facts) => facts.resultsAbove(value), snapshotOf(answer));
    }),
    kind('GET /tables, Arrow', 6, async (get, _nth, check) => {
      const answer = await get('/tables/imaging_series?format=arrow');
      const { numRows } = tableFromIPC(whole(answer));
      check(numRows, ({ series }) => series, snapshotOf(answer));
    }),
    kind('GET /tables, CSV', 6, async (get, _nth, check) => {
      const answer = await get('/tables/imaging_series?format=csv');
      const lines = whole(answer).toString().trim().split('\n').length - 1;
      check(lines, ({ series }) => series, snapshotOf(answer));
    }),
    kind('GET /tables, Parquet', 3, async (get, _nth, check) => {
      const answer = await get('/tables/imaging_series?format=parquet');
      const bytes = whole(answer);
      check(bytes.subarray(-4).toString(), () => 'PAR1', snapshotOf(answer));
    }),
    {
      name: 'HTTP, go in the middle',
      clients: 3,
      open: async () => ({
        ask: () => leave(url, token),
        close: async () => {},
      }),
    },
  ];
}

function whole({ status, body }: Answer): Buffer {
  if (status !== 200) throw new Error(`HTTP ${status}: ${body.toString().slice(0, 200)}`);
  return body;
}

function snapshotOf({ headers }: Answer): number {
  return Number(headers['x-chiasm-snapshot']);
}

function send(agent: Agent, url: string, token: string, body: object | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const asked = request(
      url,
      { agent, headers, method: body === undefined ? 'GET' : 'POST' },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Goes away after the first bytes of a long answer. */
function leave(url: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const asked = request(`${url}/sql`, { agent: false, headers, method: 'POST' }, (response) => {
      response.on('error', () => undefined);
      response.once('data', () => {
        asked.destroy();
        if (response.statusCode === 200) resolve();
        else reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    asked.once('error', reject);
    const sql = `select g, repeat('x', 100) as x from generate_series(1, 10000000) g`;
    asked.end(JSON.stringify({ sql, format: 'ndjson' }));
  });
}
