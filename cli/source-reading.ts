import type { RunRecord } from '../etl/refresh/run-record.ts';
import type { Config } from './config.ts';

/** When a source was read, as far as the run log goes back. */
export interface SourceReading {
  readonly source: string;
  /** When it was last read wholly, of what is published; null where the log knows of no such run. */
  readonly lastReadAt: string | null;
  /** How the last try ended; null where the log knows of none. */
  readonly status: 'landed' | 'unchanged' | 'failed' | null;
  readonly errorCode: string | null;
  /** Types of which something is missing; `*`: all. */
  readonly failedTypes: readonly string[];
  /** A folder in which no file has a record. */
  readonly isEmpty: boolean;
  /** Of a folder of whole exports: types of which nothing is there, and types of which nobody can say what is. */
  readonly missingTypes: readonly string[];
  readonly undecidedTypes: readonly string[];
}

/**
 * What the run log says of every configured source. What a run has landed stays landed, so that a run which was held or
 * failed counts as soon as a later one publishes.
 */
export function sourceReadings(config: Config, runs: readonly RunRecord[]): readonly SourceReading[] {
  const shown = runs.findLastIndex(({ status }) => status === 'published' || status === 'unchanged');
  return config.sources.map(({ name }) => {
    const tries = runs.flatMap((run, index) =>
      (run.detail?.sources ?? [])
        .filter(({ source }) => source === name)
        .map((found) => ({ found, at: run.finishedAt ?? run.startedAt, isShown: index <= shown })),
    );
    const good = tries.findLast(
      ({ found, isShown }) => isShown && found.status !== 'failed' && found.failedTypes.length === 0,
    );
    const last = tries.at(-1)?.found;
    return {
      source: name,
      lastReadAt: good?.at ?? null,
      status: last?.status ?? null,
      errorCode: last?.errorCode ?? null,
      failedTypes: last?.failedTypes ?? [],
      isEmpty: last?.isEmpty ?? false,
      missingTypes: last?.missingTypes ?? [],
      undecidedTypes: last?.undecidedTypes ?? [],
    };
  });
}
