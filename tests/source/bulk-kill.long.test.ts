import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { sweepPartialRuns } from '../../etl/landing/landing-catalog.ts';
import {
  fill,
  type Hospital,
  openHospital,
  readLanded,
  readWatermarks,
} from '../support/bulk-server-harness.ts';
import { checkHistories } from '../support/bulk-server-histories.ts';

let nights = 0;

/** A night in a process of its own, which is killed (SIGKILL) some time after its n-th request. */
async function childNight(hospital: Hospital, killAt: number, delayMs: number): Promise<'killed' | 'done'> {
  const source = {
    name: 'hospital',
    kind: 'fhir-bulk',
    url: hospital.server.url,
    level: { kind: 'patient' },
    types: ['Patient', 'Observation'],
    overlapSeconds: 1,
  };
  const run = `${String(++nights).padStart(8, '0')}Z`;
  await sweepPartialRuns(join(hospital.directory, 'landing'));
  const argument = JSON.stringify({ directory: hospital.directory, run, source });
  const child = spawn(
    process.execPath,
    [join(packageRoot, 'tests/support/bulk-server-child.mjs'), argument],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  let requests = 0;
  hospital.server.gate = () => {
    if (requests++ === killAt) setTimeout(() => child.kill('SIGKILL'), delayMs);
    return 'serve';
  };
  const [code] = (await once(child, 'exit')) as [number | null];
  hospital.server.gate = () => 'serve';
  if (code === null) return 'killed';
  expect(code).toBe(0);
  return 'done';
}

test('killed for real at any moment, the next night ends with the same records', async () => {
  let kills = 0;
  for (let round = 0; round < 60; round++) {
    const hospital = await openHospital({ linesPerFile: 1, polls: 0, filesPerPage: 4, gzip: true });
    await fill(hospital);
    if ((await childNight(hospital, round % 20, (round * 7) % 40)) === 'killed') kills++;
    await hospital.clock.advance(60_000);
    hospital.server.store.put('Observation', 'o7');
    hospital.server.store.remove('Observation', 'o1');
    await hospital.clock.advance(60_000);
    if ((await childNight(hospital, (round * 3) % 20, (round * 11) % 40)) === 'killed') kills++;
    await childNight(hospital, -1, 0);
    await hospital.clock.advance(60_000);
    await childNight(hospital, -1, 0);
    expect(await readLanded(hospital)).toEqual(hospital.server.store.current);
    expect((await readWatermarks(hospital)).size).toBe(2);
    expect(hospital.server.jobs).toBeLessThanOrEqual(1);
    await hospital.server.stop();
  }
  expect(kills).toBeGreaterThan(20);
});

test('a watermark never passes a record or a delete that has not landed', async () => {
  await checkHistories(Number(process.env['HISTORIES'] ?? 200));
});
