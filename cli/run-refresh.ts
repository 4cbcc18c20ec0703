import type { RefreshOutcome } from '../etl/refresh/refresh.ts';
import { refresh } from '../etl/refresh/refresh.ts';
import type { Config } from './config.ts';
import { openProgress } from './progress.ts';

export interface RefreshFlags {
  readonly full?: boolean;
  readonly only?: readonly string[];
  readonly json?: boolean;
}

/** Runs one refresh of a configuration with a progress display. */
export async function runRefresh(config: Config, flags: RefreshFlags): Promise<RefreshOutcome> {
  const progress = openProgress(flags.json === true);
  try {
    return await refresh({
      sources: config.sources,
      directories: config.directories,
      profile: config.profile,
      retention: config.retention,
      guard: config.guard,
      full: flags.full === true,
      ...(flags.only === undefined ? {} : { only: flags.only }),
      ...(config.memoryLimit === undefined ? {} : { memoryLimit: config.memoryLimit }),
      now: () => new Date(),
      onProgress: progress.show,
    });
  } finally {
    progress.end();
  }
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
