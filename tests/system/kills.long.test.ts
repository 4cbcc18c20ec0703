import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { directoriesBelow, ndjson, withSnapshot, writeFiles } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** `KILLS=200 npm run test:long` for the whole exercise; every build does a part of it. */
const KILLS = Number(process.env['KILLS'] ?? 40);
/** Every so many kills the tables are compared with those of a full rebuild. */
const REBUILD_EVERY = 10;
const PATIENTS = 40;

interface Ended {
  readonly code: number | null;
  readonly ms: number;
}

/** Runs `chiasm refresh`; with `killAfterMs` it is killed there, if it still runs. */
function refreshProcess(
  directory: string,
  parameters: readonly string[],
  killAfterMs?: number,
): Promise<Ended> {
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      join(packageRoot, 'dist/cli/chiasm.js'),
      'refresh',
      '-c',
      join(directory, 'chiasm.yaml'),
      '--json',
      ...parameters,
    ],
    { stdio: 'ignore' },
  );
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ms: performance.now() - started });
    });
  });
}

/** Night `n`: some patients change, some observations come, an image comes and one goes. */
function writeNight(directory: string, night: number): void {
  const lastUpdated = new Date(Date.UTC(2024, 0, 1) + night * 864e5).toISOString();
  const patients = Array.from({ length: PATIENTS }, (_, id) => ({
    resourceType: 'Patient',
    id: String(id),
    meta: { lastUpdated },
    gender: (id + night) % 2 === 0 ? 'female' : 'male',
  })).filter(({ id }) => night === 0 || (Number(id) + night) % 5 === 0);
  const observations = Array.from({ length: 20 }, (_, number) => ({
    resourceType: 'Observation',
    id: `${night}-${number}`,
    meta: { lastUpdated },
    status: 'final',
    category: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' },
        ],
      },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
    subject: { reference: `Patient/${(number * 7 + night) % PATIENTS}` },
    effectiveDateTime: '2023-05-01',
    valueQuantity: { value: night + number / 10, unit: 'g/dL' },
  }));
  writeFiles(directory, {
    [`fhir/${night}.ndjson`]: ndjson(...patients, ...observations),
    [`dicom/${night}.dicom.json`]: JSON.stringify([
      {
        '00080018': { vr: 'UI', Value: [`1.2.${night + 1}.1`] },
        '00080060': { vr: 'CS', Value: ['CT'] },
        '0020000D': { vr: 'UI', Value: [`1.2.${night + 1}`] },
        '0020000E': { vr: 'UI', Value: [`1.2.${night + 1}.2`] },
      },
    ]),
  });
  if (night > 3) rmSync(join(directory, `dicom/${night - 3}.dicom.json`), { force: true });
}

/** What is published is whole: every file of every table is there and holds the rows that the manifest says. */
async function checkPublished(directory: string): Promise<void> {
  const handle = await openSnapshot(directoriesBelow(directory).warehouse);
  expect(handle.tables.every((table) => table.files.every((file) => existsSync(file)))).toBe(true);
  await withSnapshot(directory, async (query) => {
    for (const table of handle.tables) {
      const [row] = await query(`select count(*)::integer as n from ${table.schema}.${table.name}`);
      expect(row?.['n'], table.name).toBe(table.rows);
    }
  });
  await handle.release();
}

test(`${KILLS} kills at any moment: readers see a whole snapshot, and the next run ends as if nothing had happened`, async () => {
  const directory = temporaryDirectory();
  writeFiles(directory, {
    'chiasm.yaml': [
      'data: data',
      'snapshots: { keep: 2, grace: 0s }',
      'guard: { ignoreBelow: 1000 }',
      'sources:',
      '  - { name: ehr, kind: fhir-folder, path: fhir }',
      '  - { name: pacs, kind: dicom-folder, path: dicom }',
    ].join('\n'),
  });
  writeNight(directory, 0);
  expect((await refreshProcess(directory, [])).code).toBe(0);
  const moments = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: KILLS, seed: 20240101 });
  let usualMs = 1_500;
  let killed = 0;
  for (const [index, moment] of moments.entries()) {
    const night = index + 1;
    writeNight(directory, night);
    const cut = await refreshProcess(directory, [], moment * usualMs);
    if (cut.code === null) killed++;
    await checkPublished(directory);
    const next = await refreshProcess(directory, []);
    expect(next.code).toBe(0);
    usualMs = 0.8 * usualMs + 0.2 * next.ms;
    await checkPublished(directory);
    await withSnapshot(directory, async (query) => {
      const [row] = await query(`
        select (select count(*) from staging.patient)::integer as patients,
          (select count(*) from staging.observation)::integer as observations,
          (select count(*) from marts.lab_results)::integer as labs,
          (select count(*) from staging.dicom_instance)::integer as instances,
          (select count(*) from staging.patient where gender = 'female')::integer as female`);
      expect(row).toMatchObject({
        patients: PATIENTS,
        observations: 20 * (night + 1),
        labs: 20 * (night + 1),
        instances: Math.min(night + 1, 4),
      });
    });
    if (night % REBUILD_EVERY === 0) {
      const merged = await tableContents(directory);
      expect((await refreshProcess(directory, ['--full'])).code).toBe(0);
      expect(await tableContents(directory)).toEqual(merged);
    }
  }
  // a kill that came too late is none; most must have hit
  expect(killed).toBeGreaterThan(KILLS / 2);
});
