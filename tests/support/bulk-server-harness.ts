import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { landedTableSql, listLandingRuns } from '../../etl/landing/landing-catalog.ts';
import { LandingRun } from '../../etl/landing/landing-run.ts';
import { type FhirBulkSource, fhirBulkSource } from '../../etl/source/bulk-config.ts';
import { landFhirBulk } from '../../etl/source/bulk-land.ts';
import { BulkLedger } from '../../etl/source/bulk-ledger.ts';
import type { BulkReport, BulkRun } from '../../etl/source/bulk-run.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { BulkServer, type BulkServerOptions } from './bulk-server.ts';
import { TestClock } from './bulk-server-clock.ts';
import { temporaryDirectory } from './temporary.ts';

export const START = Date.parse('2026-03-01T02:00:00Z');

/** A hospital with a bulk server, and a place to land what it exports. */
export interface Hospital {
  readonly server: BulkServer;
  readonly clock: TestClock;
  readonly directory: string;
  readonly source: FhirBulkSource;
}

export async function openHospital(
  server: Partial<BulkServerOptions> = {},
  source: Readonly<Record<string, unknown>> = {},
): Promise<Hospital> {
  const clock = server.clock ?? new TestClock(START);
  const started = await BulkServer.start({ flavour: 'stu2', ...server, clock });
  onTestFinished(() => started.stop());
  const directory = temporaryDirectory();
  const parsed = fhirBulkSource.parse({
    name: 'hospital',
    kind: 'fhir-bulk',
    url: started.url,
    level: { kind: 'patient' },
    types: ['Patient', 'Observation'],
    overlapSeconds: 1,
    retries: 4,
    ...source,
  });
  return { server: started, clock, directory, source: parsed };
}

/** Records that are older than the overlap. */
export async function fill({ server, clock }: Hospital): Promise<void> {
  for (let number = 0; number < 5; number++) {
    server.store.put('Patient', `p${number}`);
    server.store.put('Observation', `o${number}`, {
      status: 'final',
      subject: { reference: `Patient/p${number}` },
    });
  }
  await clock.advance(60_000);
}

export interface NightOptions extends Partial<BulkRun> {
  readonly source?: FhirBulkSource;
  /** `confirm`: all goes well. The others end before it, as a process does that is killed there. */
  readonly until?: 'landed' | 'committed' | 'confirm' | 'abandon';
}

let nights = 0;

/** One night: land, commit, confirm. */
export async function oneNight(hospital: Hospital, options: NightOptions = {}): Promise<BulkReport> {
  const { until = 'confirm', source = hospital.source, ...run } = options;
  const landing = await startLanding(hospital);
  try {
    const landed = await landFhirBulk(source, { ...bulkRun(hospital, landing), ...run });
    if (until === 'landed') return landed.report;
    if (until === 'abandon') {
      await landed.abandon();
      return landed.report;
    }
    if (!landing.isEmpty) await landing.commit({ kind: 'fhir-bulk' });
    if (until === 'confirm') await landed.confirm();
    return landed.report;
  } finally {
    if (!(await isThere(join(hospital.directory, 'landing', 'hospital', landing.run))))
      await landing.abandon();
  }
}

export function startLanding(hospital: Hospital): Promise<LandingRun> {
  const run = `${String(++nights).padStart(8, '0')}Z`;
  const now = new Date(hospital.clock.now()).toISOString();
  return LandingRun.start(join(hospital.directory, 'landing'), 'hospital', run, now);
}

export function bulkRun(hospital: Hospital, landing: LandingRun): BulkRun {
  return {
    landing,
    statePath: join(hospital.directory, 'state', 'hospital.json'),
    downloads: join(hospital.directory, 'downloads'),
    isCommitted: (id) => isThere(join(hospital.directory, 'landing', 'hospital', id, 'manifest.json')),
    signal: new AbortController().signal,
    onProgress: () => {},
    clock: hospital.clock,
  };
}

/** What has landed, merged as the refresh does it: `Type/id` → its newest version's time, deleted ones left out. */
export async function readLanded(hospital: Hospital): Promise<ReadonlyMap<string, number>> {
  const landing = join(hospital.directory, 'landing');
  const runs = await listLandingRuns(landing);
  if (runs.length === 0) return new Map();
  const instance = await openDuckDB({ memoryLimit: '500MB', threads: 1 });
  const connection = await instance.connect();
  try {
    const rows = await queryJson(
      connection,
      `select type || '/' || id as key, order_time from (${landedTableSql(landing, runs, 'index')})
       qualify row_number() over (
         partition by type, id order by is_subsetted, order_time desc, run desc, ordinal desc
       ) = 1 and not is_deleted order by key`,
    );
    return new Map(rows.map((row) => [String(row['key']), Date.parse(String(row['order_time']))]));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The watermarks as they are on disk: type → milliseconds, undefined where nothing is complete. */
export async function readWatermarks(hospital: Hospital): Promise<ReadonlyMap<string, number>> {
  const ledger = await BulkLedger.open(
    join(hospital.directory, 'state', 'hospital.json'),
    hospital.directory,
  );
  return new Map(
    ledger.watermarks.flatMap((mark) => (mark.time === null ? [] : [[mark.type, Date.parse(mark.time)]])),
  );
}

/** A client's key in a file, and the public half for the server. */
export function clientKey(
  directory: string,
  algorithm: 'RS384' | 'ES384',
  form: 'pem' | 'jwks',
): { readonly keyFile: string; readonly publicKey: KeyObject; readonly kid: string } {
  const pair =
    algorithm === 'RS384'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const kid = 'key-1';
  const keyFile = join(directory, `client.${form}`);
  const jwk = { ...pair.privateKey.export({ format: 'jwk' }), kid, alg: algorithm };
  const text =
    form === 'pem'
      ? pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
      : JSON.stringify({ keys: [jwk] });
  writeFileSync(keyFile, text, { mode: 0o600 });
  return { keyFile, publicKey: pair.publicKey, kid };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
