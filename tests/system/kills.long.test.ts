import { spawn } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { openSnapshot } from '../../etl/warehouse/snapshot.ts';
import { directoriesBelow, ndjson, withSnapshot, writeFiles } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** `KILLS=16 npm run test:long` for a part of the exercise, as every build does. */
const KILLS = Number(process.env['KILLS'] ?? 200);
const PATIENTS = 40;

/** As `chiasm refresh` names them on its way; each as likely to be hit, however short it is. */
const STAGES = ['start', 'land', 'identity', 'flatten', 'marts', 'check', 'publish', 'retire'] as const;
type Stage = (typeof STAGES)[number];

interface Ended {
  readonly code: number | null;
  /** The stage in which it ended. */
  readonly stage: Stage;
  /** What each stage took. */
  readonly ms: Readonly<Partial<Record<Stage, number>>>;
}

/** Where to kill a run: so many milliseconds after a stage has begun. */
interface Kill {
  readonly stage: Stage;
  readonly afterMs: number;
}

/** Runs `chiasm refresh` in a process of its own and kills it, if it gets there. */
function refreshProcess(directory: string, kill?: Kill): Promise<Ended> {
  const program = join(packageRoot, 'dist/cli/chiasm.js');
  const child = spawn(process.execPath, [program, 'refresh', '-c', join(directory, 'chiasm.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ms: Partial<Record<Stage, number>> = {};
  let stage: Stage = 'start';
  let began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const enter = (next: Stage): void => {
    ms[stage] = (ms[stage] ?? 0) + performance.now() - began;
    [stage, began] = [next, performance.now()];
    if (stage === kill?.stage) timer ??= setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
  };
  enter('start');
  createInterface({ input: child.stderr }).on('line', (line) => {
    const next = line.startsWith('read ') ? 'land' : STAGES.find((each) => each === line);
    if (next !== undefined && next !== stage) enter(next);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const last = stage;
      enter(last);
      resolve({ code, stage: last, ms });
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

/**
 * What is published is whole, for readers of the manifest and for those of the links below `current`: every file of every
 * table is there and holds the rows that the manifest says.
 */
async function checkPublished(directory: string): Promise<void> {
  const { warehouse } = directoriesBelow(directory);
  const handle = await openSnapshot(warehouse);
  expect(handle.tables.every((table) => table.files.every((file) => existsSync(file)))).toBe(true);
  await withSnapshot(directory, async (query) => {
    for (const { schema, name, rows } of handle.tables) {
      const links = join(warehouse, 'current', schema, name, '*.parquet');
      const [row] = await query(
        `select (select count(*) from ${schema}.${name})::integer as n, (select count(*) from '${links}')::integer as linked`,
      );
      expect(row, name).toEqual({ n: rows, linked: rows });
    }
  });
  await handle.release();
}

/**
 * The same night without a kill, from the data as they were before it. Only the vault is that of afterwards: whoever came
 * that night is the same person on both sides.
 */
async function undisturbed(directory: string, twin: string): Promise<unknown> {
  cpSync(directoriesBelow(directory).vault, directoriesBelow(twin).vault, { recursive: true });
  expect((await refreshProcess(twin)).code).toBe(0);
  return tableContents(twin);
}

function copyData(directory: string, twin: string): void {
  rmSync(join(twin, 'data'), { recursive: true, force: true });
  cpSync(join(directory, 'data'), join(twin, 'data'), { recursive: true, verbatimSymlinks: true });
}

test(`${KILLS} kills in every stage: readers see a whole snapshot, and the next run ends as if nothing had happened`, async () => {
  const directory = temporaryDirectory();
  const twin = temporaryDirectory();
  const config = [
    'data: data',
    'snapshots: { keep: 2, grace: 0s }',
    'guard: { ignoreBelow: 1000 }',
    'sources:',
    `  - { name: ehr, kind: fhir-folder, path: ${join(directory, 'fhir')} }`,
    `  - { name: pacs, kind: dicom-folder, path: ${join(directory, 'dicom')} }`,
  ].join('\n');
  for (const place of [directory, twin]) writeFiles(place, { 'chiasm.yaml': config });
  writeNight(directory, 0);
  await refreshProcess(directory);
  writeNight(directory, 1);
  const usual: Partial<Record<Stage, number>> = { ...(await refreshProcess(directory)).ms };
  const moments = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: KILLS, seed: 20240101 });
  const hits: Record<string, number> = {};
  let before: unknown = await tableContents(directory);
  for (const [index, moment] of moments.entries()) {
    const night = index + 2;
    writeNight(directory, night);
    copyData(directory, twin);
    const stage = STAGES[index % STAGES.length] as Stage;
    // the first kill of a stage comes as soon as the stage has begun, so that the short ones are hit, too
    const part = index < STAGES.length ? 0 : moment;
    const cut = await refreshProcess(directory, { stage, afterMs: part * (usual[stage] ?? 0) });
    const hit = cut.code === null ? cut.stage : 'none';
    hits[hit] = (hits[hit] ?? 0) + 1;
    await checkPublished(directory);
    const seen = await tableContents(directory);

    const next = await refreshProcess(directory);
    expect(next.code).toBe(0);
    for (const each of STAGES)
      usual[each] = 0.8 * (usual[each] ?? 0) + 0.2 * (next.ms[each] ?? usual[each] ?? 0);
    await checkPublished(directory);
    const after = await tableContents(directory);
    expect(after, `after a kill in ${hit}`).toEqual(await undisturbed(directory, twin));
    expect([before, after], `seen after a kill in ${hit}`).toContainEqual(seen);
    before = after;
  }
  console.log(`kills by stage: ${JSON.stringify(hits)}`);
  // a kill that came too late is none; most must have hit, and some in every stage
  expect(hits['none'] ?? 0).toBeLessThan(KILLS / 2);
  for (const stage of STAGES) expect(hits[stage] ?? 0, stage).toBeGreaterThan(0);
});
