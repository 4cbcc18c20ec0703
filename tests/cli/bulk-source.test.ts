import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { BulkServer, type BulkServerOptions } from '../support/bulk-server.ts';
import { TestClock } from '../support/bulk-server-clock.ts';
import { clientKey } from '../support/bulk-server-harness.ts';
import { withSnapshot } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { chiasm } from './run-chiasm.ts';

interface Hospital {
  readonly directory: string;
  readonly config: string;
  readonly server: BulkServer;
  readonly clock: TestClock;
}

/** A server whose clock stands still, and a configuration that names it. */
async function openHospital(
  options: Partial<BulkServerOptions> = {},
  more = '',
  directory = temporaryDirectory(),
): Promise<Hospital> {
  const clock = new TestClock(Date.now() - 86_400_000);
  const server = await BulkServer.start({ flavour: 'stu3', clock, polls: 0, ...options });
  onTestFinished(() => server.stop());
  const config = join(directory, 'chiasm.yaml');
  writeFileSync(
    config,
    `data: data
sources:
  - name: hospital
    kind: fhir-bulk
    url: ${server.url}
    level: { kind: patient }
    types: [Patient, Observation]
${more}`,
  );
  for (let number = 0; number < 30; number++) {
    server.store.put('Patient', `p${number}`, { birthDate: '1950-01-01' });
    server.store.put('Observation', `o${number}`, {
      status: 'final',
      code: { text: 'secret-content' },
      subject: { reference: `${server.url}/Patient/p${number}` },
    });
  }
  await clock.advance(3_600_000);
  return { directory, config, server, clock };
}

const counts = (directory: string): Promise<unknown> =>
  withSnapshot(directory, async (query) => {
    const [row] = await query(`select count(*)::integer as rows, count(patient_key)::integer as linked
      from staging.observation`);
    return row;
  });

test('nights with a FHIR server: all, what changed, nothing, and one type that fails', async () => {
  const { directory, config, server, clock } = await openHospital();
  const refresh = () => chiasm(['refresh', '-c', config, '--json']);

  const first = await refresh();
  expect(JSON.parse(first.out.toString())).toMatchObject({ status: 'published', recordsNew: 60 });
  expect(await counts(directory)).toEqual({ rows: 30, linked: 30 });
  expect(server.jobs).toBe(0);

  server.store.put('Observation', 'o1', { status: 'amended' });
  server.store.remove('Observation', 'o2');
  await clock.advance(3_600_000);
  expect(JSON.parse((await refresh()).out.toString())).toMatchObject({
    recordsNew: 0,
    recordsChanged: 1,
    recordsDeleted: 1,
  });
  expect(await counts(directory)).toEqual({ rows: 29, linked: 29 });
  expect(server.queries.at(-1)?.since).toBeDefined();
  expect(JSON.parse((await refresh()).out.toString())).toMatchObject({ status: 'unchanged' });

  await clock.advance(3_600_000);
  const issue = [{ severity: 'error', code: 'exception', details: { text: 'secret-content Observation' } }];
  server.outcomes = [{ resourceType: 'OperationOutcome', issue }];
  server.store.put('Patient', 'p30');
  server.store.put('Observation', 'o30');
  const partial = await refresh();
  expect(partial.code).toBe(2);
  expect(partial.err).toContain('bulk-incomplete');
  expect(partial.err).toContain('what else came was published as snapshot 3');
  expect(partial.out.toString() + partial.err).not.toContain('secret');
  server.outcomes = [];
  const before = server.queries.length;
  expect((await refresh()).code).toBe(0);
  const asked = server.queries.slice(before).map((query) => [query.types, query.since]);
  expect(new Set(asked.map(([types]) => String(types)))).toEqual(new Set(['Patient', 'Observation']));
  expect(asked[0]?.[1]).not.toBe(asked[1]?.[1]);
});

test('a whole export finds what the server did not say was deleted', async () => {
  const { directory, config, server, clock } = await openHospital(
    { hasDeleted: false },
    '    deletes: anti-join\nguard: { maxDeletedShare: 0.5, maxFallShare: 0.5 }\n',
  );
  await chiasm(['refresh', '-c', config, '--json']);
  server.store.remove('Observation', 'o3');
  await clock.advance(3_600_000);
  expect(JSON.parse((await chiasm(['refresh', '-c', config, '--json'])).out.toString())).toMatchObject({
    recordsDeleted: 0,
  });
  const all = await chiasm(['refresh', '-c', config, '--json', '--full-export']);
  expect(JSON.parse(all.out.toString())).toMatchObject({
    recordsNew: 0,
    recordsChanged: 0,
    recordsDeleted: 1,
  });
  expect(await counts(directory)).toEqual({ rows: 29, linked: 29 });

  server.alterFiles = (files) => files.filter((file) => file.type !== 'Observation');
  expect((await chiasm(['refresh', '-c', config, '--full-export'])).code).toBe(5);
  server.alterFiles = (files) => files;
  const back = await chiasm(['refresh', '-c', config, '--json', '--full-export']);
  expect(JSON.parse(back.out.toString())).toMatchObject({ event: 'published', recordsDeleted: 0 });
  expect(await counts(directory)).toEqual({ rows: 29, linked: 29 });
});

test('Ctrl-C while the server works cancels the export there, too', async () => {
  const directory = temporaryDirectory();
  const { publicKey, kid } = clientKey(directory, 'ES384', 'jwks');
  const auth = { clientId: 'chiasm', publicKey, kid, algorithm: 'ES384' as const, seconds: 300 };
  const { config, server } = await openHospital(
    { polls: 1000, auth, clock: new TestClock(Date.now()) },
    '    auth: { kind: backend-services, clientId: chiasm, keyFile: client.jwks, algorithm: ES384 }\n',
    directory,
  );
  const child = spawn(process.execPath, [join(packageRoot, 'dist/cli/chiasm.js'), 'refresh', '-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += String(bytes);
  });
  server.gate = (seen) => {
    if (seen.stage === 'status' && server.requests('status').length === 1) child.kill('SIGINT');
    return 'serve';
  };
  const [code] = (await once(child, 'exit')) as [number];
  expect(said).toContain('run-cancelled');
  expect(code).toBe(2);
  expect(server.requests('delete')).toHaveLength(1);
  expect(server.jobs).toBe(0);
});
