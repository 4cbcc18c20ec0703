import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BulkVersion } from './bulk-capability.ts';
import { type FhirBulkSource, scopeOf, shortHash } from './bulk-config.ts';
import {
  type BulkState,
  type ExportJob,
  loadBulkState,
  saveBulkState,
  type Watermark,
} from './bulk-state.ts';

type Current = NonNullable<BulkState['current']>;

/** What a source remembers, on disk before anything else happens: a process may end after any of these steps. */
export class BulkLedger {
  readonly #path: string;
  readonly #downloads: string;
  #state: BulkState;

  private constructor(path: string, downloads: string, state: BulkState) {
    this.#path = path;
    this.#downloads = downloads;
    this.#state = state;
  }

  static async open(path: string, downloads: string): Promise<BulkLedger> {
    return new BulkLedger(path, downloads, await loadBulkState(path));
  }

  get watermarks(): readonly Watermark[] {
    return this.#state.watermarks;
  }

  get current(): Readonly<Current> | null {
    return this.#state.current;
  }

  get jobs(): readonly ExportJob[] {
    return this.#state.current?.jobs ?? [];
  }

  get deletions(): BulkState['deletions'] {
    return this.#state.deletions;
  }

  /** Hashed ids of the group's patients at the last export; undefined before the first. */
  members(source: FhirBulkSource): ReadonlySet<string> | undefined {
    const { endpoint, level } = scopeOf(source);
    const known = this.#state.members.find((each) => each.endpoint === endpoint && each.level === level);
    return known === undefined ? undefined : new Set(known.ids);
  }

  begin(plan: string, version: BulkVersion, now: number, jobs: readonly ExportJob[]): Promise<void> {
    return this.#save({
      ...this.#state,
      current: { plan, version, startedAt: now, jobs: [...jobs], settlement: null },
    });
  }

  updateJob(index: number, changes: Partial<ExportJob>): Promise<void> {
    const jobs = this.jobs.map((job, place) => (place === index ? { ...job, ...changes } : job));
    return this.#saveCurrent({ jobs });
  }

  insertJobs(index: number, jobs: readonly ExportJob[]): Promise<void> {
    return this.#saveCurrent({ jobs: [...this.jobs.slice(0, index), ...jobs, ...this.jobs.slice(index)] });
  }

  /** The job at the server is of no use any more: it is to be deleted, and the export starts anew. */
  async restartJob(index: number, restarts: number): Promise<void> {
    const statusUrl = this.jobs[index]?.statusUrl ?? null;
    if (statusUrl !== null) await this.#removeDownloads([statusUrl]);
    if (statusUrl !== null) this.#state = { ...this.#state, deletions: this.#withDeletions([statusUrl]) };
    await this.updateJob(index, { statusUrl: null, kickedOffAt: null, manifest: null, restarts });
  }

  /** Everything has landed in `run`; it will count once that run is committed. */
  settle(settlement: Current['settlement']): Promise<void> {
    return this.#saveCurrent({ settlement });
  }

  /** The landing run is committed: its watermarks hold, its jobs are to be deleted. */
  async confirm(source: FhirBulkSource): Promise<void> {
    const settlement = this.current?.settlement;
    if (settlement === undefined || settlement === null) return;
    const { endpoint, level } = scopeOf(source);
    const others = this.#state.members.filter((each) => each.endpoint !== endpoint || each.level !== level);
    const members =
      settlement.members === null
        ? this.#state.members
        : [...others, { endpoint, level, ids: settlement.members }];
    this.#state = { ...this.#state, watermarks: settlement.watermarks, members };
    await this.discard();
  }

  /** Ends what is under way; watermarks stay as they are. */
  async discard(): Promise<void> {
    const statusUrls = this.jobs.flatMap((job) => (job.statusUrl === null ? [] : [job.statusUrl]));
    await this.#save({ ...this.#state, current: null, deletions: this.#withDeletions(statusUrls) });
    await this.#removeDownloads(statusUrls);
  }

  keepDeletions(deletions: BulkState['deletions']): Promise<void> {
    return this.#save({ ...this.#state, deletions });
  }

  /** Where the files of a job lie. */
  directoryOf(statusUrl: string): string {
    return join(this.#downloads, shortHash(statusUrl));
  }

  #withDeletions(statusUrls: readonly string[]): BulkState['deletions'] {
    return [...this.#state.deletions, ...statusUrls.map((statusUrl) => ({ statusUrl, attempts: 0 }))];
  }

  async #removeDownloads(statusUrls: readonly string[]): Promise<void> {
    for (const url of statusUrls) await rm(this.directoryOf(url), { recursive: true, force: true });
  }

  #saveCurrent(changes: Partial<Current>): Promise<void> {
    const { current } = this.#state;
    if (current === null) throw new Error('no export is under way');
    return this.#save({ ...this.#state, current: { ...current, ...changes } });
  }

  async #save(state: BulkState): Promise<void> {
    this.#state = state;
    await saveBulkState(this.#path, state);
  }
}
