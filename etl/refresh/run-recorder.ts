import { thisProcess } from '../../base/process-identity.ts';
import { measureDisk } from './disk-use.ts';
import type { DataDirectories } from './refresh-options.ts';
import { appendRunLog } from './run-log.ts';
import {
  type RunRecord,
  type SourceRecord,
  startedRun,
  type TableRecord,
  type TypeRecord,
} from './run-record.ts';
import { STAGE_NAMES, type StageName } from './stages.ts';

/** Writes down how a run goes: that it starts, each stage as it enters it, and how it ends. */
export class RunRecorder {
  readonly runId: string;
  readonly #directories: DataDirectories;
  readonly #started: Date;
  readonly #now: () => Date;
  readonly #stages: { stage: StageName; seconds: number }[] = [];
  #enteredMs = 0;
  readonly #sources: SourceRecord[] = [];
  #types: readonly TypeRecord[] = [];
  #tables: () => readonly TableRecord[] = () => [];

  private constructor(runId: string, directories: DataDirectories, started: Date, now: () => Date) {
    this.runId = runId;
    this.#directories = directories;
    this.#started = started;
    this.#now = now;
  }

  /** Only for who holds the writer's lock. */
  static async start(
    runId: string,
    directories: DataDirectories,
    started: Date,
    now: () => Date,
  ): Promise<RunRecorder> {
    const startedAt = started.toISOString();
    await appendRunLog(directories.state, { event: 'started', runId, startedAt, ...(await thisProcess()) });
    return new RunRecorder(runId, directories, started, now);
  }

  async enter(stage: StageName): Promise<void> {
    this.#leave();
    const last = this.#stages.at(-1)?.stage;
    if (last !== undefined && STAGE_NAMES.indexOf(stage) <= STAGE_NAMES.indexOf(last)) {
      throw new Error(`stage ${stage} cannot follow ${last}`);
    }
    this.#stages.push({ stage, seconds: 0 });
    this.#enteredMs = performance.now();
    await appendRunLog(this.#directories.state, { event: 'stage', runId: this.runId, stage });
  }

  addSource(source: SourceRecord): void {
    this.#sources.push(source);
  }

  setTypes(types: readonly TypeRecord[]): void {
    this.#types = types;
  }

  /** Where to look for what became of the tables. */
  watchTables(keeper: { readonly records: readonly TableRecord[] }): void {
    this.#tables = () => keeper.records;
  }

  /** The run as it is now. */
  record(result: Pick<RunRecord, 'status'> & Partial<RunRecord>): RunRecord {
    const tables = this.#tables();
    return {
      ...startedRun(this.runId, this.#started.toISOString()),
      finishedAt: this.#now().toISOString(),
      stage: this.#stages.at(-1)?.stage ?? null,
      bytesWritten: tables.reduce((sum, table) => sum + table.bytesWritten, 0),
      detail: {
        stages: [...this.#stages],
        sources: [...this.#sources],
        types: [...this.#types],
        tables: [...tables],
      },
      ...result,
    };
  }

  async end(result: Pick<RunRecord, 'status'> & Partial<RunRecord>): Promise<void> {
    this.#leave();
    const disk = await measureDisk(this.#directories);
    await appendRunLog(this.#directories.state, { event: 'ended', ...this.record({ ...result, disk }) });
  }

  #leave(): void {
    const stage = this.#stages.at(-1);
    if (stage !== undefined) stage.seconds = secondsSince(this.#enteredMs);
  }
}

/** Seconds since a moment of `performance.now()`, to the millisecond. */
export function secondsSince(startMs: number): number {
  return Math.round(performance.now() - startMs) / 1000;
}
