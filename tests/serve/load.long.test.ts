import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { makeFixtureRows } from '../cube/fixture-rows.ts';
import { publishFixture } from '../cube/publish-fixture.ts';
import { factsOf, type Publications } from './load-facts.ts';
import { httpKinds } from './load-http-clients.ts';
import { type ClientKind, type LoadOutcome, quantile, runLoad } from './load-run.ts';
import { sqlKinds } from './load-sql-clients.ts';
import { type ServerProcess, type ServerUsage, startServerProcess } from './server-process.ts';

const WARM_UP_MS = 6_000;
const LOAD_MS = Number(process.env['LOAD_SECONDS'] ?? 60) * 1000;

/** Bytes that may be held more than after the warm-up: caches that fill, garbage that the allocator keeps. */
const MOST_GROWTH = { heap: 24e6, rss: 200e6 };

test.skipIf(process.platform !== 'linux')('a hundred clients for a minute', async () => {
  const publications: Publications = { finished: 0, begun: 0, facts: new Map() };
  const publish = async (warehouse: string): Promise<void> => {
    const number = publications.begun + 1;
    const rows = makeFixtureRows(number, 600 + 50 * number);
    publications.facts.set(number, factsOf(rows));
    publications.begun = number;
    await publishFixture(warehouse, rows);
    publications.finished = number;
  };
  const server = await startServerProcess(publish, { maxConnections: 60 });
  const load = async (ms: number, publishes: number): Promise<LoadOutcome> => {
    const started = performance.now();
    const publishing = (async () => {
      for (let nth = 1; nth <= publishes; nth += 1) {
        await until(started + (ms * nth) / (publishes + 1));
        await publish(server.warehouse);
      }
    })();
    const kinds = kindsOf(server);
    expect(kinds.reduce((sum, { clients }) => sum + clients, 0)).toBe(100);
    const outcome = await runLoad(kinds, publications, () => performance.now() - started > ms);
    await publishing;
    return outcome;
  };
  try {
    await expect.poll(() => server.usage()).toMatchObject({ leases: [1] });
    const before = await server.usage();
    const warm = await load(WARM_UP_MS, 1);
    expect(warm.failures).toEqual([]);
    const base = await atRest(server, before);
    const page = watchPage(server.url);
    const { failures, times } = await load(LOAD_MS, 2);
    const files = await page.stop();
    const after = await atRest(server, before);
    report({ ...Object.fromEntries(times), 'files of the page': files.times }, [before, base, after]);
    expect(failures).toEqual([]);
    for (const { name, clients } of kindsOf(server))
      expect(times.get(name)?.length, name).toBeGreaterThanOrEqual(clients);
    expect(files.failures).toEqual([]);
    // No file of the page waits as long as a query usually does: files do not stand in the line of the queries.
    expect(quantile(files.times, 1)).toBeLessThan(quantile(times.get('SQL, simple') ?? [], 0.5));
    expect(after.leases).toEqual([publications.finished]);
    expect(after.files).toEqual(base.files);
    expect(after.temporary).toEqual(before.temporary);
    expect(after.heap - base.heap).toBeLessThan(MOST_GROWTH.heap);
    expect(after.rss - base.rss).toBeLessThan(MOST_GROWTH.rss);
    const troubles = server.events().map(({ event }) => String(event));
    expect(troubles.filter((event) => /failed|error|restarted|gap/.test(event))).toEqual([]);
  } finally {
    await server.stop();
  }
});

function kindsOf(server: ServerProcess): readonly ClientKind[] {
  return [...sqlKinds(server), ...httpKinds(server)];
}

/** Until everybody who came is gone: what the server holds then. */
async function atRest(server: ServerProcess, before: ServerUsage): Promise<ServerUsage> {
  const last = before.leases.length;
  await expect
    .poll(async () => {
      const { sockets, leases } = await server.usage();
      return [sockets, leases.length];
    })
    .toEqual([before.sockets, last]);
  return server.usage();
}

/** Asks for the files of the page all along, from a thread of its own: what it measures is the server. */
function watchPage(url: string): {
  stop(): Promise<{ readonly times: readonly number[]; readonly failures: readonly string[] }>;
} {
  const worker = new Worker(join(packageRoot, 'tests/serve/page-watch.mjs'), { workerData: { url } });
  return {
    stop: async () => {
      const told = once(worker, 'message');
      worker.postMessage('stop');
      return (await told)[0];
    },
  };
}

async function until(moment: number): Promise<void> {
  await pause(Math.max(0, moment - performance.now()));
}

function report(times: Readonly<Record<string, readonly number[]>>, usages: readonly ServerUsage[]): void {
  const lines = Object.entries(times).map(([name, each]) => {
    const at = (share: number): string => quantile(each, share).toFixed(0).padStart(8);
    return `${name.padEnd(28)}${String(each.length).padStart(8)}${at(0.5)}${at(0.95)}${at(1)}`;
  });
  const head = `${''.padEnd(28)}${['answers', 'p50 ms', 'p95 ms', 'most ms'].map((name) => name.padStart(8)).join('')}`;
  const held = usages.map(
    ({ heap, rss, files, sockets, leases, temporary }) =>
      `heap ${(heap / 1e6).toFixed(0)} MB, resident ${(rss / 1e6).toFixed(0)} MB, ${files.length} files, ${sockets} sockets, leases ${leases.join()}, ${temporary.join()}`,
  );
  process.stdout.write(`${[head, ...lines, ...held].join('\n')}\n`);
}
