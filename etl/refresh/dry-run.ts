import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { peekProjectKey, peekVaultId } from '../identity/vault.ts';
import { listLandingRuns } from '../landing/landing-catalog.ts';
import { keyEpoch } from '../privacy/pseudonyms.ts';
import { currentSnapshotNumber } from '../warehouse/current.ts';
import { openDuckDB } from '../warehouse/duckdb.ts';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import { readManifest } from '../warehouse/snapshot-manifest.ts';
import { type ExpectedSource, expectSource } from './dry-run-sources.ts';
import { type ExpectedTable, expectTables } from './dry-run-tables.ts';
import { inputHash } from './input-hash.ts';
import { chooseSources } from './land-sources.ts';
import { codesHash, modelHash, wordsHash } from './model-hash.ts';
import { ageReference, planViews } from './plan-views.ts';
import { isWhole, publishedSources, requireRuns, withPrivateTables } from './published.ts';
import type { RefreshOptions } from './refresh-options.ts';

/** What a run would do, as far as it can be told without reading a record. */
export interface DryRun {
  /** False: it would find nothing new and leave everything as it is. */
  readonly isChanging: boolean;
  /** The snapshot that is current. */
  readonly snapshot: number | null;
  /** Why every table would be built anew; null where they would not. */
  readonly rebuild:
    | 'first-run'
    | 'asked-for'
    | 'source-removed'
    | 'private-tables-missing'
    | 'files-missing'
    | null;
  readonly sources: readonly ExpectedSource[];
  /** Sources that are published and configured no longer. */
  readonly removedSources: readonly string[];
  /** Landed runs (`source/run`) that wait to be published, such as those of a held run. */
  readonly waiting: readonly string[];
  readonly tables: readonly ExpectedTable[];
}

/**
 * Says what a run with these options would do. Writes nothing below the data directory. The vault is looked into, so
 * that it cannot be told while a run is under way.
 *
 * @throws ChiasmError `writer-locked`, and what a run would throw before it reads a source
 */
export async function dryRun(options: RefreshOptions): Promise<DryRun> {
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 'chiasm-dry-run-'));
  const instance = await openDuckDB({ temporaryDirectory });
  const connection = await instance.connect();
  try {
    return await expect(connection, options);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
}

async function expect(connection: DuckDBConnection, options: RefreshOptions): Promise<DryRun> {
  const { landing, warehouse, vault: vaultDirectory, keyFile } = options.directories;
  const chosen = chooseSources(options);
  const names = options.sources.map((source) => source.name);
  const vault = (await peekVaultId(connection, vaultDirectory)) ?? '';
  const key = await peekProjectKey(keyFile);
  const runs = await listLandingRuns(landing, names);
  const number = await currentSnapshotNumber(warehouse);
  const current = number === undefined ? undefined : await readManifest(warehouse, number);
  if (!options.full) requireRuns(current, runs, names);
  const sources: ExpectedSource[] = [];
  for (const source of chosen) {
    options.onProgress({ stage: `look at ${source.name}`, done: 0, total: 0 });
    const own = runs.filter((run) => run.source === source.name);
    sources.push(await expectSource(connection, options, source, own));
  }

  const ageDate = ageReference(options.now());
  const surroundings = { profile: options.profile, keyEpoch: key === undefined ? '' : keyEpoch(key) };
  const fingerprint = {
    ...surroundings,
    modelHash: modelHash(options),
    inputHash: inputHash(runs, options.sources, vault, ageDate),
  };
  const isIntact = current === undefined || (await isWhole(current, options.directories));
  const isSame =
    isIntact &&
    Object.entries(fingerprint).every(
      ([name, value]) => current?.[name as keyof typeof fingerprint] === value,
    );
  const removedSources = publishedSources(current).filter((name) => !names.includes(name));
  const rebuild = reasonToRebuild(options, current, removedSources) ?? (isIntact ? null : 'files-missing');
  const published = rebuild === null ? current : undefined;
  const waiting = runs
    .map(({ source, run }) => `${source}/${run}`)
    .filter((run) => !current?.runs.includes(run));
  const hasNews = sources.some((source) => source.hasNews);
  const isChanging = options.full || !isSame || hasNews;
  const tables = await expectTables(connection, {
    published,
    isChanging,
    hasRecords: hasNews || waiting.length > 0,
    codes: codesHash(options),
    views: planViews({
      ...surroundings,
      vault,
      sources: options.sources,
      ageDate,
      words: wordsHash(options),
    }),
  });
  return { isChanging, snapshot: current?.number ?? null, rebuild, sources, removedSources, waiting, tables };
}

function reasonToRebuild(
  options: RefreshOptions,
  current: SnapshotManifest | undefined,
  removedSources: readonly string[],
): DryRun['rebuild'] {
  if (current === undefined) return 'first-run';
  if (options.full) return 'asked-for';
  if (removedSources.length > 0) return 'source-removed';
  return withPrivateTables(current) === undefined ? 'private-tables-missing' : null;
}
