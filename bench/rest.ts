import { startServer } from '../serve/http-server.ts';
import { signToken } from '../serve/token.ts';
import { CODES, FIRST_YEAR, makeLabWarehouse, YEARS } from './lab-warehouse.ts';

export interface RestOptions {
  readonly folder: string;
  /** Laboratory results. */
  readonly rows: number;
  /** Times that each question is asked, with other values each time. */
  readonly asked: number;
  readonly report: (line: string) => void;
}

export interface RestLatency {
  readonly question: string;
  readonly median_ms: number;
  readonly p95_ms: number;
  readonly most_ms: number;
  /** Of server and asker together, per question: what other work on the machine does not change. */
  readonly cpu_ms: number;
  readonly from_rollup: boolean;
}

const SECRET = 'the secret of a server that only this process asks';

/** Asks a server over generated results each question over HTTP, one after the other. */
export async function benchRest({
  folder,
  rows,
  asked,
  report,
}: RestOptions): Promise<readonly RestLatency[]> {
  report(`making ${rows.toLocaleString('en-US')} results`);
  const warehouse = await makeLabWarehouse(folder, rows);
  const server = await startServer({
    warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: () => {},
  });
  try {
    const token = signToken({ subject: 'bench', group: 'analysts', secret: SECRET, expiresIn: '1h' });
    const latencies: RestLatency[] = [];
    for (const { name, queryOf } of QUESTIONS) {
      const times: number[] = [];
      let fromRollup = false;
      let idle = process.cpuUsage();
      // The first three warm the process up and do not count.
      for (let nth = -3; nth < asked; nth++) {
        if (nth === 0) idle = process.cpuUsage();
        const { ms, usesRollup } = await ask(server.url, token, queryOf(nth + 3));
        if (nth >= 0) times.push(ms);
        fromRollup = usesRollup;
      }
      const { user, system } = process.cpuUsage(idle);
      const cpu_ms = Math.round((user + system) / 1000 / asked);
      const latency = { question: name, ...spread(times), cpu_ms, from_rollup: fromRollup };
      latencies.push(latency);
      report(`${name}: median ${latency.median_ms} ms, p95 ${latency.p95_ms} ms, CPU ${latency.cpu_ms} ms`);
    }
    return latencies;
  } finally {
    await server.close();
  }
}

async function ask(
  url: string,
  token: string,
  query: object,
): Promise<{ readonly ms: number; readonly usesRollup: boolean }> {
  const started = performance.now();
  for (;;) {
    const response = await fetch(`${url}/cubejs-api/v1/load`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token },
      body: JSON.stringify({ query }),
    });
    const body = (await response.json()) as Answer;
    if (body.error === 'Continue wait') continue;
    if (body.data === undefined || body.data.length === 0)
      throw new Error(`HTTP ${response.status} without rows: ${body.error}`);
    const ms = performance.now() - started;
    return { ms, usesRollup: Object.keys(body.usedPreAggregations ?? {}).length > 0 };
  }
}

interface Answer {
  readonly data?: readonly unknown[];
  readonly error?: string;
  readonly usedPreAggregations?: object;
}

/** Each time another test and another span of years, so that no answer is kept from before. */
function testAndYears(nth: number): { readonly code: object; readonly time: object } {
  const code = CODES[nth % CODES.length];
  const first = FIRST_YEAR + (Math.floor(nth / CODES.length) % (YEARS - 5));
  return {
    code: { member: 'labs.loinc_code', operator: 'equals', values: [code] },
    time: { dimension: 'labs.result_date', dateRange: [`${first}-01-01`, `${first + 4}-12-31`] },
  };
}

const QUESTIONS: readonly { readonly name: string; readonly queryOf: (nth: number) => object }[] = [
  {
    name: 'results and abnormal results of one test by month over five years',
    queryOf: (nth) => {
      const { code, time } = testAndYears(nth);
      return {
        measures: ['labs.results', 'labs.abnormal_results'],
        timeDimensions: [{ ...time, granularity: 'month' }],
        filters: [code],
      };
    },
  },
  {
    name: 'cohort: persons with cancer and an abnormal result of one test in five years, by sex',
    queryOf: (nth) => {
      const { code, time } = testAndYears(nth);
      return {
        measures: ['labs.patients'],
        dimensions: ['labs.sex'],
        timeDimensions: [time],
        filters: [
          code,
          { member: 'labs.is_abnormal', operator: 'equals', values: ['true'] },
          { member: 'labs.has_cancer', operator: 'equals', values: ['true'] },
        ],
      };
    },
  },
  {
    name: 'cohort: persons with a value above a limit of one test, over all years',
    queryOf: (nth) => ({
      measures: ['labs.patients', 'labs.results'],
      dimensions: ['labs.sex'],
      filters: [
        testAndYears(nth).code,
        { member: 'labs.value_number', operator: 'gt', values: [String(100 + (nth % 50) + nth / 1000)] },
      ],
    }),
  },
  {
    name: 'median value of one test by year over five years',
    queryOf: (nth) => {
      const { code, time } = testAndYears(nth);
      return {
        measures: ['labs.median_value'],
        timeDimensions: [{ ...time, granularity: 'year' }],
        filters: [code],
      };
    },
  },
  {
    name: 'all results by group and sex, asked again',
    queryOf: () => ({ measures: ['labs.results'], dimensions: ['labs.lab_group', 'labs.sex'] }),
  },
];

function spread(times: readonly number[]): Pick<RestLatency, 'median_ms' | 'p95_ms' | 'most_ms'> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { median_ms: at(0.5), p95_ms: at(0.95), most_ms: at(1) };
}

/** The latencies as a table of Markdown. */
export function restTable(latencies: readonly RestLatency[]): string {
  const rows = latencies.map(
    (each) =>
      `| ${each.question} | ${each.from_rollup ? 'rollup' : 'tables'} | ${each.median_ms} | ${each.p95_ms} | ${each.most_ms} | ${each.cpu_ms} |`,
  );
  return [
    '| Question | Reads | Median ms | p95 ms | Most ms | CPU ms |',
    '|---|---|---:|---:|---:|---:|',
    ...rows,
  ].join('\n');
}
