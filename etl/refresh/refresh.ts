import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { loadPrivacyProfile } from '../../models/privacy-profile.ts';
import { resolvePersons } from '../identity/persons.ts';
import { readVaultMark } from '../identity/vault.ts';
import { releaseVault } from '../identity/writer-lock.ts';
import { inOrder, listLandingRuns, listRunNames, sweepPartialRuns } from '../landing/landing-catalog.ts';
import { checkRunContent } from '../landing/landing-check.ts';
import { foldOrigins } from '../landing/origin-fold.ts';
import { keyEpoch, keyVariablesSql, PSEUDONYM_SQL } from '../privacy/pseudonyms.ts';
import { givesRowPerRecord } from '../view/row-guarantee.ts';
import { currentSnapshotNumber } from '../warehouse/current.ts';
import { openDuckDB } from '../warehouse/duckdb.ts';
import { interruptible } from '../warehouse/interrupt.ts';
import {
  nextSnapshotNumber,
  publishSnapshot,
  recoverCurrent,
  sweepUnpublished,
} from '../warehouse/publish.ts';
import { deleteUnnamedFiles, finishRetirements, retireSnapshots } from '../warehouse/retire.ts';
import { readManifest, type SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import { TableStore } from '../warehouse/table-store.ts';
import { buildMarts } from './build-marts.ts';
import { checkMarts } from './check-marts.ts';
import { countChanges, sumChanges, withChanges } from './count-changes.ts';
import { emptyDirectory, makeDirectories, originFolds } from './directories.ts';
import { explainDiskFull } from './disk-full.ts';
import { FILE_LAYOUT } from './file-layout.ts';
import { type FlattenedView, flattenView, pseudonymisePersons, readTouchedTypes } from './flatten-views.ts';
import { guardDeletes, readAcceptedRuns } from './guard.ts';
import { makeImagingTerms } from './imaging-terms.ts';
import { inputHash } from './input-hash.ts';
import { keepWhole } from './keep-select.ts';
import { landSources } from './land-sources.ts';
import { touchLateMeanings } from './late-meanings.ts';
import { loadCodes } from './load-codes.ts';
import { codesHash, definitionHash, modelHash, wordsHash } from './model-hash.ts';
import { ageReference, planViews } from './plan-views.ts';
import { providedTables } from './provided-tables.ts';
import { isWhole, publishedSources, recordTable, requireRuns, withPrivateTables } from './published.ts';
import { RecentRecords } from './recent-records.ts';
import { reconcile } from './reconcile.ts';
import { reconcileLanding } from './reconcile-landing.ts';
import { keepRecords, PRIVATE_DEFINITION, PRIVATE_TABLE_NAMES } from './record-keeping.ts';
import { EMPTY_PRIVATE_TABLES, selectChangedRecords } from './record-state.ts';
import type { RefreshOptions } from './refresh-options.ts';
import { nextRunId, readRunLog, settleRunLog } from './run-log.ts';
import type { RunRecord } from './run-record.ts';
import { RunRecorder } from './run-recorder.ts';
import { loadSecrets, openVault } from './secrets.ts';
import type { StageName } from './stages.ts';
import { TableKeeper } from './table-keeper.ts';
import { findWithheldPersons } from './withheld-persons.ts';

/** What one run did. */
export type RefreshOutcome = Pick<
  RunRecord,
  'runId' | 'status' | 'snapshot' | 'recordsNew' | 'recordsChanged' | 'recordsDeleted' | 'recordsQuarantined'
> & {
  /** Sources that were published until now and are configured no longer: their records are gone from the snapshot. */
  readonly removedSources: readonly string[];
};

/**
 * One run of the road: land what changed, decide whose it is, flatten under the privacy profile, build and check
 * the marts, publish a snapshot. Nothing changed → nothing is published. Killed anywhere, the next run starts from
 * the last good snapshot. Throws ChiasmError; every run, also a failed one, is in the run log.
 */
export async function refresh(options: RefreshOptions): Promise<RefreshOutcome> {
  const started = options.now();
  const { directories } = options;
  const spill = join(directories.state, 'spill');
  await makeDirectories(options);
  const instance = await openDuckDB({
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    temporaryDirectory: spill,
  });
  const connection = await instance.connect();
  const signal = options.signal ?? new AbortController().signal;
  let recorder: RunRecorder | undefined;
  let isWriter = false;
  try {
    const isVaultNew = await openVault(connection, directories.vault, started);
    isWriter = true;
    await emptyDirectory(spill);
    await settleRunLog(directories.state);
    const runId = nextRunId(started, [
      ...(await readRunLog(directories.state)).map((each) => each.runId),
      ...(await listRunNames(directories.landing)),
    ]);
    const ending = await RunRecorder.start(runId, directories, started, options.now);
    recorder = ending;
    const { outcome, failures } = await interruptible(connection, signal, () =>
      run(connection, options, ending, started, isVaultNew),
    );
    const { removedSources: _, ...record } = outcome;
    const [failure] = failures;
    const trouble = { errorCode: failure?.code ?? null, errorParams: failure?.params ?? {} };
    recorder = undefined;
    await ending.end({ ...record, ...trouble, stage: null });
    if (failure !== undefined) throw partialFailure(failure, outcome);
    return outcome;
  } catch (thrown) {
    const error = signal.aborted ? cancelled(thrown) : explainDiskFull(thrown);
    const known = error instanceof ChiasmError ? error : undefined;
    const status = known?.code === 'publish-held' ? 'held' : 'failed';
    const trouble = { errorCode: known?.code ?? 'internal', errorParams: known?.params ?? {} };
    // where not even the log can be written, the error says why
    await recorder?.end({ status, ...trouble }).catch(() => {});
    throw error;
  } finally {
    connection.closeSync();
    instance.closeSync();
    if (isWriter) releaseVault(directories.vault);
  }
}

function cancelled(cause: unknown): ChiasmError {
  return new ChiasmError('run-cancelled', 'the run was stopped: start it again to finish it', { cause });
}

const NOTHING = {
  recordsNew: 0,
  recordsChanged: 0,
  recordsDeleted: 0,
  recordsQuarantined: 0,
  removedSources: [],
} as const;

/** A source could not be read, or not wholly; what else there was went on. */
function partialFailure(failure: ChiasmError, outcome: RefreshOutcome): ChiasmError {
  const rest =
    outcome.status === 'published'
      ? `what else came was published as snapshot ${outcome.snapshot}`
      : 'nothing else has changed';
  return new ChiasmError(failure.code, `${failure.message}; ${rest}`, {
    params: failure.params,
    cause: failure,
  });
}

async function run(
  connection: DuckDBConnection,
  options: RefreshOptions,
  recorder: RunRecorder,
  started: Date,
  isVaultNew: boolean,
): Promise<{ readonly outcome: RefreshOutcome; readonly failures: readonly ChiasmError[] }> {
  const { landing, warehouse, state } = options.directories;
  const ageDate = ageReference(started);
  const { runId } = recorder;
  const stage = async (name: StageName): Promise<void> => {
    options.signal?.throwIfAborted();
    options.onProgress({ stage: name, done: 0, total: 0 });
    await recorder.enter(name);
  };

  await connection.run("set timezone = 'UTC'; set preserve_insertion_order = true");
  // Before anything is swept away: what a restore has left out may be what names it.
  await recoverCurrent(warehouse);
  const current = await readCurrent(warehouse);
  const { key, vault } = await loadSecrets(connection, options.directories, isVaultNew, current);
  await sweepPartialRuns(landing);
  await sweepUnpublished(warehouse);
  await finishRetirements(warehouse);
  await deleteUnnamedFiles(warehouse, options.directories.private);

  await recorder.enter('land');
  const names = options.sources.map((source) => source.name);
  const earlier = await listLandingRuns(landing, names);
  const landed = await landSources(connection, options, runId, earlier, (source) =>
    recorder.addSource(source),
  );
  const { failures } = landed;
  const recordsQuarantined = landed.runs.reduce((sum, manifest) => sum + manifest.rejected, 0);
  const runs = inOrder([...earlier, ...landed.runs]);
  if (runs.length === 0) {
    throw new ChiasmError(
      'source-not-found',
      'no source has anything to read: check the paths in chiasm.yaml',
    );
  }

  const folds = originFolds(options.directories);
  await foldOrigins(connection, landing, folds, runs);
  const fingerprint = {
    profile: options.profile,
    keyEpoch: keyEpoch(key),
    modelHash: modelHash(options),
    inputHash: inputHash(runs, options.sources, vault.id, ageDate),
  };
  const isIntact = current !== undefined && (await isWhole(current, options.directories));
  const isSame =
    isIntact &&
    Object.entries(fingerprint).every(([name, value]) => current[name as keyof typeof fingerprint] === value);
  if (isSame && !options.full) {
    await retireSnapshots(warehouse, options.directories.private, options.retention, started.getTime());
    const outcome = { ...NOTHING, runId, snapshot: current.number, recordsQuarantined };
    return { outcome: { ...outcome, status: 'unchanged' }, failures };
  }

  if (!options.full) requireRuns(current, runs, names);
  const removedSources = publishedSources(current).filter((name) => !names.includes(name));
  const isFull = options.full || removedSources.length > 0 || !isIntact;
  const published = isFull ? undefined : withPrivateTables(current);
  const store = await TableStore.open(
    connection,
    warehouse,
    options.directories.private,
    options.layout?.fold,
  );
  const keeper = await TableKeeper.open(store, published);
  recorder.watchTables(keeper);
  const recent = new RecentRecords(connection, options.layout ?? FILE_LAYOUT);
  const words = wordsHash(options);
  const plans = planViews({ ...fingerprint, vault: vault.id, sources: options.sources, ageDate, words });
  await connection.run(keyVariablesSql(key));
  await connection.run(PSEUDONYM_SQL);
  await loadCodes(connection, options);
  await makeImagingTerms(connection);
  await connection.run(EMPTY_PRIVATE_TABLES);
  for (const name of PRIVATE_TABLE_NAMES) {
    const table = keeper.base('private', name, PRIVATE_DEFINITION);
    if (table !== undefined) await store.show('private', name, table.files);
  }

  await stage('identity');
  const applied = new Set(published?.runs ?? []);
  const fresh = runs.filter((each) => !applied.has(`${each.source}/${each.run}`));
  const own = new Set(landed.runs.map((each) => each.source));
  for (const each of fresh) {
    if (each.run !== runId || !own.has(each.source)) await checkRunContent(landing, each);
  }
  await reconcileLanding(connection, landing, fresh);
  await selectChangedRecords(connection, landing, fresh);
  await resolvePersons(connection, options.sources);
  await findWithheldPersons(connection, ageDate);
  await touchLateMeanings(store, keeper, options.sources, plans);
  await pseudonymisePersons(connection);
  const changed = await countChanges(connection);
  await stage('guard');
  // A rebuild knows of no record, so what is published has to be shown for once.
  const before = isFull && isIntact ? recordTable(withPrivateTables(current)) : undefined;
  if (before !== undefined) await store.show('private', 'record', before.files);
  await guardDeletes(connection, options.guard, await readAcceptedRuns(state));
  if (before !== undefined) await connection.run(EMPTY_PRIVATE_TABLES);

  const profile = loadPrivacyProfile(options.profile);
  const witnessed = new Set(
    plans.filter(({ plan }) => givesRowPerRecord(plan)).map(({ plan }) => plan.resource),
  );
  const touchedTypes = await readTouchedTypes(connection);
  const sources = options.sources;
  const context = { store, keeper, landing, sources, profile, ageDate, touchedTypes, witnessed, recent };
  const flattened: FlattenedView[] = [];
  await stage('flatten');
  keeper.begin();
  for (const [index, { plan, definition }] of plans.entries()) {
    options.signal?.throwIfAborted();
    options.onProgress({ stage: 'flatten', done: index, total: plans.length });
    const view = await flattenView(plan, definition, context);
    if (view !== undefined) flattened.push(view);
  }
  options.onProgress({ stage: 'flatten', done: plans.length, total: plans.length });
  const viewTypes = [...new Set(plans.map(({ plan }) => plan.resource))];
  // the run tells of itself, too: it will have been published when anybody reads this
  const changes = sumChanges(changed);
  const snapshot = await nextSnapshotNumber(warehouse);
  const thisRun = recorder.record({ ...changes, status: 'published', snapshot, recordsQuarantined });
  const log = [...(await readRunLog(state)).filter((each) => each.runId !== runId), thisRun];
  await stage('marts');
  keeper.begin();
  const provided = await providedTables(connection, landing, folds, runs, viewTypes, log);
  for (const table of provided) await keepWhole(store, keeper, 'staging', table, definitionHash(table.name));
  await buildMarts({
    store,
    keeper,
    fingerprint: definitionHash(codesHash(options)),
    recent,
    onTable: (done, total) => options.onProgress({ stage: 'marts', done, total }),
  });
  await stage('check');
  await checkMarts(connection, keeper);

  await stage('keep');
  keeper.begin();
  await keepRecords(store, keeper, recent);
  await stage('reconcile');
  const fates = await reconcile(store, keeper, landing, fresh, flattened);
  recorder.setTypes(withChanges(fates, changed));

  await stage('publish');
  const manifest = await publishSnapshot(warehouse, {
    createdAt: options.now().toISOString(),
    ...fingerprint,
    vault: await readVaultMark(connection),
    runs: runs.map((each) => `${each.source}/${each.run}`),
    tables: [...keeper.tables],
  });
  await store.close();
  await stage('retire');
  await retireSnapshots(warehouse, options.directories.private, options.retention, options.now().getTime());
  const outcome = { runId, snapshot: manifest.number, ...changes, recordsQuarantined, removedSources };
  return { outcome: { ...outcome, status: 'published' }, failures };
}

async function readCurrent(warehouse: string): Promise<SnapshotManifest | undefined> {
  const number = await currentSnapshotNumber(warehouse);
  return number === undefined ? undefined : readManifest(warehouse, number);
}
