import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { loadPrivacyProfile } from '../../models/privacy-profile.ts';
import { loadViewFiles } from '../../models/view-definition-files.ts';
import { resolvePersons } from '../identity/persons.ts';
import { attachVault, loadProjectKey, vaultId } from '../identity/vault.ts';
import { landedTableSql, listLandingRuns, sweepPartialRuns } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { keyEpoch, keyVariablesSql, PSEUDONYM_SQL } from '../privacy/pseudonyms.ts';
import { parseViewDefinition } from '../view/parse.ts';
import { planView, type ViewPlan } from '../view/plan.ts';
import { openDuckDB, queryCount } from '../warehouse/duckdb.ts';
import { publishSnapshot, sweepUnpublished } from '../warehouse/publish.ts';
import { deleteUnnamedFiles, retireSnapshots } from '../warehouse/retire.ts';
import { readManifest } from '../warehouse/snapshot.ts';
import { currentSnapshotNumber } from '../warehouse/snapshot-paths.ts';
import { buildMarts, checkMarts, loadCodes } from './build-marts.ts';
import { flattenView, pseudonymisePersons } from './flatten-views.ts';
import { inputHash } from './input-hash.ts';
import { landSources } from './land-sources.ts';
import { modelHash } from './model-hash.ts';
import { writeProvidedTables } from './provided-tables.ts';
import type { RefreshOptions } from './refresh-options.ts';
import { appendRunLog, type RunRecord, readRunLog } from './run-log.ts';
import { selectRecords } from './select-records.ts';
import { withDatesAsWritten } from './view-dates.ts';
import { WarehouseWriter } from './warehouse-writer.ts';

/** What one run did. */
export type RefreshOutcome = Pick<
  RunRecord,
  'runId' | 'status' | 'snapshot' | 'recordsNew' | 'recordsChanged' | 'recordsDeleted' | 'recordsQuarantined'
>;

/**
 * One run of the road: land what changed, decide whose it is, flatten under the privacy profile, build and check
 * the marts, publish a snapshot. Nothing changed → nothing is published. Killed anywhere, the next run starts from
 * the last good snapshot. Throws ChiasmError; every run, also a failed one, is in the run log.
 */
export async function refresh(options: RefreshOptions): Promise<RefreshOutcome> {
  const started = options.now();
  const runId = started.toISOString().replace(/[-:.]/g, '');
  const { directories } = options;
  await mkdir(directories.state, { recursive: true, mode: 0o700 });
  await mkdir(directories.landing, { recursive: true, mode: 0o700 });
  await mkdir(directories.warehouse, { recursive: true, mode: 0o700 });
  const instance = await openDuckDB({
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    temporaryDirectory: join(directories.state, 'spill'),
  });
  const connection = await instance.connect();
  const log = (outcome: RefreshOutcome, errorCode: string | null): Promise<void> =>
    appendRunLog(directories.state, {
      ...outcome,
      startedAt: started.toISOString(),
      finishedAt: options.now().toISOString(),
      errorCode,
    });
  let isWriter = false;
  try {
    await attachVault(connection, directories.vault);
    isWriter = true;
    const outcome = await run(connection, options, runId, started);
    await log(outcome, null);
    return outcome;
  } catch (error) {
    const code = error instanceof ChiasmError ? error.code : 'internal';
    if (isWriter) await log({ ...NOTHING, runId, status: 'failed', snapshot: null }, code);
    throw error;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const NOTHING = { recordsNew: 0, recordsChanged: 0, recordsDeleted: 0, recordsQuarantined: 0 } as const;

async function run(
  connection: DuckDBConnection,
  options: RefreshOptions,
  runId: string,
  started: Date,
): Promise<RefreshOutcome> {
  const { landing, warehouse, state } = options.directories;
  const ageDate = ageReference(started);
  const stage = (name: string): void => options.onProgress({ stage: name, done: 0, total: 0 });

  await connection.run("set timezone = 'UTC'; set preserve_insertion_order = true");
  await sweepPartialRuns(landing);
  await sweepUnpublished(warehouse);
  await deleteUnnamedFiles(warehouse);
  const key = await loadProjectKey(options.directories.keyFile);
  const plans = planViews();

  const landed = await landSources(connection, options, runId);
  const runs = await listLandingRuns(landing);
  if (runs.length === 0) {
    throw new ChiasmError(
      'source-not-found',
      'no source has anything to read: check the paths in chiasm.yaml',
    );
  }

  const fingerprint = {
    profile: options.profile,
    keyEpoch: keyEpoch(key),
    modelHash: modelHash(options.profile),
    inputHash: inputHash(runs, options.sources, await vaultId(connection), ageDate),
  };
  const changes = await countChanges(connection, landing, runs, landed);
  const currentNumber = await currentSnapshotNumber(warehouse);
  const current = currentNumber === undefined ? undefined : await readManifest(warehouse, currentNumber);
  const isSame =
    current !== undefined &&
    Object.entries(fingerprint).every(([name, value]) => current[name as keyof typeof fingerprint] === value);
  if (isSame && !options.full) {
    return { runId, status: 'unchanged', snapshot: current.number, ...changes };
  }

  stage('identity');
  await selectRecords(connection, landing, runs);
  await resolvePersons(connection, options.sources);
  const profile = loadPrivacyProfile(options.profile);
  await connection.run(keyVariablesSql(key));
  await connection.run(PSEUDONYM_SQL);
  await pseudonymisePersons(connection, profile);
  const writer = await WarehouseWriter.create(connection, warehouse);
  const context = { connection, writer, sources: options.sources, profile, ageDate };
  for (const [index, plan] of plans.entries()) {
    options.onProgress({ stage: 'flatten', done: index, total: plans.length });
    await flattenView(plan, context);
  }
  options.onProgress({ stage: 'flatten', done: plans.length, total: plans.length });
  const viewTypes = [...new Set(plans.map((plan) => plan.resource))];
  await writeProvidedTables(writer, connection, landing, runs, viewTypes, await readRunLog(state));
  await loadCodes(connection);
  await buildMarts(connection, writer, (done, total) => options.onProgress({ stage: 'marts', done, total }));
  stage('check');
  await checkMarts(connection);

  stage('publish');
  const createdAt = options.now().toISOString();
  const manifest = await publishSnapshot(warehouse, {
    createdAt,
    ...fingerprint,
    tables: [...writer.tables],
  });
  await writer.close();
  await retireSnapshots(warehouse, options.retention, options.now().getTime());
  return { runId, status: 'published', snapshot: manifest.number, ...changes };
}

/**
 * The day at which people count as 90: the first of the month after next. Whoever turns 90 before the next month's
 * rebuild is withheld in time, and other nights change nothing.
 */
function ageReference(started: Date): string {
  return new Date(Date.UTC(started.getUTCFullYear(), started.getUTCMonth() + 2, 1))
    .toISOString()
    .slice(0, 10);
}

function planViews(): readonly ViewPlan[] {
  return loadViewFiles().map(({ path, json }) =>
    planView(withDatesAsWritten(parseViewDefinition(json, path))),
  );
}

async function countChanges(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
  landed: readonly LandingManifest[],
): Promise<Omit<RefreshOutcome, 'runId' | 'status' | 'snapshot'>> {
  if (landed.length === 0) return NOTHING;
  const runId = landed[0]?.run ?? '';
  const all = landedTableSql(landing, runs, 'index');
  const count = (condition: string): Promise<number> =>
    queryCount(
      connection,
      `select count(*) from (
         select source, type, id, bool_or(run = '${runId}') as is_touched, bool_or(run < '${runId}') as was_known,
           bool_or(run = '${runId}' and is_deleted) as is_deleted
         from (${all}) group by source, type, id
       ) where is_touched and ${condition}`,
    );
  return {
    recordsNew: await count('not was_known and not is_deleted'),
    recordsChanged: await count('was_known and not is_deleted'),
    recordsDeleted: await count('was_known and is_deleted'),
    recordsQuarantined: landed.reduce((sum, manifest) => sum + manifest.rejected, 0),
  };
}
