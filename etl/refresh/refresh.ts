import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { loadPrivacyProfile } from '../../models/privacy-profile.ts';
import { loadViewFiles } from '../../models/view-definition-files.ts';
import { resolvePersons } from '../identity/persons.ts';
import { attachVault, loadProjectKey, vaultId } from '../identity/vault.ts';
import { listLandingRuns, listRunNames, sweepPartialRuns } from '../landing/landing-catalog.ts';
import { checkRunContent } from '../landing/landing-check.ts';
import { policyOf } from '../privacy/column-policy.ts';
import { keyEpoch, keyVariablesSql, PSEUDONYM_SQL } from '../privacy/pseudonyms.ts';
import { parseViewDefinition } from '../view/parse.ts';
import { planView, type ViewPlan } from '../view/plan.ts';
import { openDuckDB, queryCount } from '../warehouse/duckdb.ts';
import { nextSnapshotNumber, publishSnapshot, sweepUnpublished } from '../warehouse/publish.ts';
import { deleteUnnamedFiles, restoreHiddenManifests, retireSnapshots } from '../warehouse/retire.ts';
import { readManifest } from '../warehouse/snapshot.ts';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import { currentSnapshotNumber } from '../warehouse/snapshot-paths.ts';
import { TableStore } from '../warehouse/table-store.ts';
import { buildMarts, checkMarts, loadCodes } from './build-marts.ts';
import { emptyDirectory, makeDirectories } from './directories.ts';
import { flattenView, pseudonymisePersons, readTouchedTypes } from './flatten-views.ts';
import { guardDeletes, readAcceptedRuns } from './guard.ts';
import { inputHash } from './input-hash.ts';
import { keepWhole } from './keep-select.ts';
import { landSources } from './land-sources.ts';
import { touchLateMeanings } from './late-meanings.ts';
import { codesHash, definitionHash, modelHash } from './model-hash.ts';
import { providedTables } from './provided-tables.ts';
import { publishedSources, recordTable, requireRuns, withPrivateTables } from './published.ts';
import { keepRecords, PRIVATE_DEFINITION, PRIVATE_TABLE_NAMES } from './record-keeping.ts';
import { EMPTY_PRIVATE_TABLES, selectChangedRecords } from './record-state.ts';
import type { RefreshOptions, Source } from './refresh-options.ts';
import { appendRunLog, nextRunId, type RunRecord, readRunLog } from './run-log.ts';
import { TableKeeper } from './table-keeper.ts';
import { withDatesAsWritten } from './view-dates.ts';
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
  let runId = nextRunId(started, []);
  const { directories } = options;
  const spill = join(directories.state, 'spill');
  await makeDirectories(options);
  const instance = await openDuckDB({
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    temporaryDirectory: spill,
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
  let ended = false;
  try {
    await attachVault(connection, directories.vault);
    isWriter = true;
    await emptyDirectory(spill);
    runId = nextRunId(started, [
      ...(await readRunLog(directories.state)).map((each) => each.runId),
      ...(await listRunNames(directories.landing)),
    ]);
    const { outcome, failures } = await run(connection, options, runId, started);
    await log(outcome, failures[0]?.code ?? null);
    ended = true;
    if (failures[0] !== undefined) throw partialFailure(failures[0], outcome);
    return outcome;
  } catch (error) {
    const code = error instanceof ChiasmError ? error.code : 'internal';
    const status = code === 'publish-held' ? 'held' : 'failed';
    if (isWriter && !ended) await log({ ...NOTHING, runId, status, snapshot: null }, code);
    throw error;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const NOTHING = {
  recordsNew: 0,
  recordsChanged: 0,
  recordsDeleted: 0,
  recordsQuarantined: 0,
  removedSources: [],
} as const;

/** A source could not be read; the others went on. */
function partialFailure(failure: ChiasmError, outcome: RefreshOutcome): ChiasmError {
  const rest =
    outcome.status === 'published' ? `were published as snapshot ${outcome.snapshot}` : 'have not changed';
  return new ChiasmError(failure.code, `${failure.message}; the other sources ${rest}`, {
    params: failure.params,
    cause: failure,
  });
}

async function run(
  connection: DuckDBConnection,
  options: RefreshOptions,
  runId: string,
  started: Date,
): Promise<{ readonly outcome: RefreshOutcome; readonly failures: readonly ChiasmError[] }> {
  const { landing, warehouse, state } = options.directories;
  const ageDate = ageReference(started);
  const stage = (name: string): void => options.onProgress({ stage: name, done: 0, total: 0 });

  await connection.run("set timezone = 'UTC'; set preserve_insertion_order = true");
  await sweepPartialRuns(landing);
  await sweepUnpublished(warehouse);
  await restoreHiddenManifests(warehouse);
  await deleteUnnamedFiles(warehouse, options.directories.private);
  const key = await loadProjectKey(connection, options.directories.keyFile);

  const landed = await landSources(connection, options, runId);
  const { failures } = landed;
  const recordsQuarantined = landed.runs.reduce((sum, manifest) => sum + manifest.rejected, 0);
  const names = options.sources.map((source) => source.name);
  const runs = await listLandingRuns(landing, names);
  if (runs.length === 0) {
    throw new ChiasmError(
      'source-not-found',
      'no source has anything to read: check the paths in chiasm.yaml',
    );
  }

  const vault = await vaultId(connection);
  const fingerprint = {
    profile: options.profile,
    keyEpoch: keyEpoch(key),
    modelHash: modelHash(),
    inputHash: inputHash(runs, options.sources, vault, ageDate),
  };
  const current = await readCurrent(warehouse);
  const isSame =
    current !== undefined &&
    Object.entries(fingerprint).every(([name, value]) => current[name as keyof typeof fingerprint] === value);
  if (isSame && !options.full) {
    const outcome = { ...NOTHING, runId, snapshot: current.number, recordsQuarantined };
    return { outcome: { ...outcome, status: 'unchanged' }, failures };
  }

  if (!options.full) requireRuns(current, runs, names);
  const removedSources = publishedSources(current).filter((name) => !names.includes(name));
  const isFull = options.full || removedSources.length > 0;
  const published = isFull ? undefined : withPrivateTables(current);
  const store = await TableStore.open(connection, warehouse, options.directories.private);
  const keeper = await TableKeeper.open(store, published);
  const plans = planViews(
    definitionHash(options.profile, keyEpoch(key), vault, JSON.stringify(options.sources.map(baseOf))),
    ageDate,
  );
  await connection.run(keyVariablesSql(key));
  await connection.run(PSEUDONYM_SQL);
  await connection.run(EMPTY_PRIVATE_TABLES);
  for (const name of PRIVATE_TABLE_NAMES) {
    const table = keeper.base('private', name, PRIVATE_DEFINITION);
    if (table !== undefined) await store.show('private', name, table.files);
  }

  stage('identity');
  const applied = new Set(published?.runs ?? []);
  const fresh = runs.filter((each) => !applied.has(`${each.source}/${each.run}`));
  const own = new Set(landed.runs.map((each) => each.source));
  for (const each of fresh) {
    if (each.run !== runId || !own.has(each.source)) await checkRunContent(landing, each);
  }
  await selectChangedRecords(connection, landing, fresh);
  await resolvePersons(connection, options.sources);
  await findWithheldPersons(connection, ageDate);
  await touchLateMeanings(store, keeper, options.sources, plans);
  await pseudonymisePersons(connection);
  const changes = await countChanges(connection);
  // A rebuild knows of no record, so what is published has to be shown for once.
  const before = isFull ? recordTable(withPrivateTables(current)) : undefined;
  if (before !== undefined) await store.show('private', 'record', before.files);
  await guardDeletes(connection, options.guard, await readAcceptedRuns(state));
  if (before !== undefined) await connection.run(EMPTY_PRIVATE_TABLES);

  const profile = loadPrivacyProfile(options.profile);
  const touchedTypes = await readTouchedTypes(connection);
  const context = { store, keeper, landing, sources: options.sources, profile, ageDate, touchedTypes };
  for (const [index, { plan, definition }] of plans.entries()) {
    options.onProgress({ stage: 'flatten', done: index, total: plans.length });
    await flattenView(plan, definition, context);
  }
  options.onProgress({ stage: 'flatten', done: plans.length, total: plans.length });
  const viewTypes = [...new Set(plans.map(({ plan }) => plan.resource))];
  // the run tells of itself, too: it will have been published when anybody reads this
  const thisRun: RunRecord = {
    ...changes,
    runId,
    startedAt: started.toISOString(),
    finishedAt: options.now().toISOString(),
    status: 'published',
    snapshot: await nextSnapshotNumber(warehouse),
    recordsQuarantined,
    errorCode: null,
  };
  const log = [...(await readRunLog(state)), thisRun];
  const provided = await providedTables(connection, landing, runs, viewTypes, log);
  for (const table of provided) await keepWhole(store, keeper, 'staging', table, definitionHash(table.name));
  await loadCodes(connection);
  await buildMarts({
    store,
    keeper,
    fingerprint: definitionHash(codesHash()),
    onTable: (done, total) => options.onProgress({ stage: 'marts', done, total }),
  });
  stage('check');
  await checkMarts(connection);

  stage('publish');
  await keepRecords(store, keeper);
  const manifest = await publishSnapshot(warehouse, {
    createdAt: options.now().toISOString(),
    ...fingerprint,
    runs: runs.map((each) => `${each.source}/${each.run}`),
    tables: [...keeper.tables],
  });
  stage('retire');
  await store.close();
  await retireSnapshots(warehouse, options.directories.private, options.retention, options.now().getTime());
  const outcome = { runId, snapshot: manifest.number, ...changes, recordsQuarantined, removedSources };
  return { outcome: { ...outcome, status: 'published' }, failures };
}

async function readCurrent(warehouse: string): Promise<SnapshotManifest | undefined> {
  const number = await currentSnapshotNumber(warehouse);
  return number === undefined ? undefined : readManifest(warehouse, number);
}

/** What of a source decides how references are read. */
function baseOf(source: Source): readonly (string | undefined)[] {
  return [source.name, source.baseUrl];
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

/** Policies whose rows depend on the day at which ages are counted. */
const AGE_POLICIES: ReadonlySet<string> = new Set(['birth-date', 'age', 'measurement']);

/** Every shipped view with the fingerprint of all that decides its rows. */
function planViews(
  surroundings: string,
  ageDate: string,
): readonly { readonly plan: ViewPlan; readonly definition: string }[] {
  return loadViewFiles().map(({ path, json }) => {
    const plan = planView(withDatesAsWritten(parseViewDefinition(json, path)));
    const countsAges = plan.columns.some((column) => AGE_POLICIES.has(policyOf(plan.name, column)));
    return {
      plan,
      definition: definitionHash(surroundings, JSON.stringify(json), countsAges ? ageDate : ''),
    };
  });
}

async function countChanges(
  connection: DuckDBConnection,
): Promise<Pick<RefreshOutcome, 'recordsNew' | 'recordsChanged' | 'recordsDeleted'>> {
  const count = (condition: string): Promise<number> =>
    queryCount(
      connection,
      `select count(*) from record_new r left join private.record k on k.scope = r.scope
       where r.scope in (select scope from touched) and r.scope in (select scope from versioned) and ${condition}`,
    );
  return {
    recordsNew: await count('coalesce(k.is_deleted, true) and not r.is_deleted'),
    recordsChanged: await count('not k.is_deleted and not r.is_deleted and k.content_hash <> r.content_hash'),
    recordsDeleted: await count('not k.is_deleted and r.is_deleted'),
  };
}
