import { join } from 'node:path';
import { buildRollups } from '../cube/build-rollups.ts';
import type { RefreshOutcome } from '../etl/refresh/refresh.ts';
import { refresh } from '../etl/refresh/refresh.ts';
import type { RefreshOptions } from '../etl/refresh/refresh-options.ts';
import type { BulkBackfill } from '../etl/source/bulk-config.ts';
import type { Config } from './config.ts';
import { openProgress } from './progress.ts';

export interface RefreshFlags {
  readonly full?: boolean;
  readonly only?: readonly string[];
  readonly fullExport?: boolean;
  readonly backfill?: BulkBackfill;
  readonly json?: boolean;
}

/** Runs one refresh of a configuration with a progress display. In the run log it has started at `startedAt`. */
export async function runRefresh(
  config: Config,
  flags: RefreshFlags,
  startedAt = new Date(),
): Promise<RefreshOutcome> {
  let isStarting = true;
  const progress = openProgress(flags.json === true);
  const stopping = cancelOnSignal();
  try {
    const outcome = await refresh({
      ...refreshOptions(config, flags, progress.show),
      signal: stopping.signal,
      now: () => {
        const now = isStarting ? startedAt : new Date();
        isStarting = false;
        return now;
      },
    });
    progress.show({ stage: 'rollups', done: 0, total: 0 });
    if (outcome.snapshot !== null) await makeRollups(config, outcome.snapshot);
    return outcome;
  } finally {
    stopping.end();
    progress.end();
  }
}

/** Without them questions take longer, and no night fails for that. */
async function makeRollups({ directories, memoryLimit }: Config, snapshot: number): Promise<void> {
  try {
    await buildRollups(directories.warehouse, snapshot, {
      temporaryDirectory: join(directories.state, 'rollup-spill'),
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
    });
  } catch (error) {
    const kind = error instanceof Error ? error.name : 'unknown';
    process.stderr.write(
      `snapshot ${snapshot} has no rollups (${kind}): it answers all the same, and slower. The next refresh tries again.\n`,
    );
  }
}

/** What a configuration and the flags of a command ask of a run. */
export function refreshOptions(
  config: Config,
  flags: RefreshFlags,
  onProgress: RefreshOptions['onProgress'],
): RefreshOptions {
  return {
    sources: config.sources,
    directories: config.directories,
    profile: config.profile,
    retention: config.retention,
    guard: config.guard,
    rules: config.rules,
    full: flags.full === true,
    ...(flags.only === undefined ? {} : { only: flags.only }),
    ...(config.memoryLimit === undefined ? {} : { memoryLimit: config.memoryLimit }),
    ...(config.codes === undefined ? {} : { codes: config.codes }),
    ...(flags.fullExport === undefined ? {} : { fullExport: flags.fullExport }),
    ...(flags.backfill === undefined ? {} : { backfill: flags.backfill }),
    now: () => new Date(),
    onProgress,
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first Ctrl-C (or SIGTERM) ends the run in good order; the second one is nobody's to hold up. */
function cancelOnSignal(): { readonly signal: AbortSignal; readonly end: () => void } {
  const controller = new AbortController();
  const end = (): void => {
    for (const name of SIGNALS) process.off(name, cancel);
  };
  const cancel = (): void => {
    end();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, cancel);
  return { signal: controller.signal, end };
}

/** The outcome in a sentence or two. */
export function describeOutcome(outcome: RefreshOutcome, quarantineCommand = 'chiasm quarantine'): string {
  const counts =
    `${outcome.recordsNew} new, ${outcome.recordsChanged} changed, ${outcome.recordsDeleted} deleted, ` +
    `${outcome.recordsQuarantined} quarantined`;
  const quarantine =
    outcome.recordsQuarantined > 0 ? `\n${quarantineCommand} tells what was refused and why.` : '';
  const removed = outcome.removedSources
    .map((source) => `\nSource ${source} is configured no longer: its records are not in the snapshot.`)
    .join('');
  return outcome.status === 'unchanged'
    ? `Nothing changed: snapshot ${outcome.snapshot} stays current.`
    : `Published snapshot ${outcome.snapshot}: ${counts}.${removed}${quarantine}`;
}
