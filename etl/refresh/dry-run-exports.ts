import { join } from 'node:path';
import { planExports, planFingerprint } from '../source/bulk-plan.ts';
import { type ExportJob, loadBulkState } from '../source/bulk-state.ts';
import type { BulkSource, RefreshOptions } from './refresh-options.ts';

/** An export that a run would ask a FHIR server for. */
export interface ExpectedExport extends Pick<ExportJob, 'purpose' | 'types' | 'since' | 'until'> {
  /** An earlier run has asked for it already; the run would go on with it. */
  readonly isUnderWay: boolean;
}

/**
 * What a run would ask a FHIR server for, as its watermarks have it. The server is not asked: one that turns out not to
 * know `_since` would be asked for everything.
 */
export async function expectExports(
  source: BulkSource,
  options: RefreshOptions,
): Promise<readonly ExpectedExport[]> {
  const { directories, fullExport: isFull = false, backfill } = options;
  const { current, watermarks } = await loadBulkState(join(directories.state, 'bulk', `${source.name}.json`));
  const isUnderWay = current !== null && current.plan === planFingerprint(source, isFull, backfill);
  const abilities = { version: source.version === 'detect' ? 'stu2' : source.version, hasSince: true };
  const jobs = isUnderWay
    ? current.jobs
    : planExports(source, abilities, watermarks, { isFull, backfill }, options.now().getTime());
  return jobs.map(({ purpose, types, since, until }) => ({ purpose, types, since, until, isUnderWay }));
}
