import type { RunRecord } from '../etl/refresh/run-record.ts';
import type { Config } from './config.ts';

/** When a source was read, as far as the run log goes back. */
export interface SourceReading {
  readonly source: string;
  /** The end of the last run that read it wholly and published what it found; null where the log knows of none. */
  readonly lastReadAt: string | null;
  /** How the last try ended; null where the log knows of none. */
  readonly status: 'landed' | 'unchanged' | 'failed' | null;
  readonly errorCode: string | null;
  /** Types of which something is missing; `*`: all. */
  readonly failedTypes: readonly string[];
}

/** What the run log says of every configured source. */
export function sourceReadings(config: Config, runs: readonly RunRecord[]): readonly SourceReading[] {
  return config.sources.map(({ name }) => {
    const tries = runs.flatMap((run) =>
      (run.detail?.sources ?? []).filter(({ source }) => source === name).map((found) => ({ run, found })),
    );
    const good = tries.findLast(
      ({ run, found }) =>
        found.status !== 'failed' &&
        found.failedTypes.length === 0 &&
        (run.status === 'published' || run.status === 'unchanged'),
    );
    const last = tries.at(-1)?.found;
    return {
      source: name,
      lastReadAt: good?.run.finishedAt ?? null,
      status: last?.status ?? null,
      errorCode: last?.errorCode ?? null,
      failedTypes: last?.failedTypes ?? [],
    };
  });
}
