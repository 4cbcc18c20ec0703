import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, writeDurably } from '../../base/files.ts';
import { isAlive } from '../../base/process-identity.ts';
import { type RunLogLine, type RunProcess, type RunRecord, runLogLine, startedRun } from './run-record.ts';

/** What bounds the log: some 10 MB. */
export interface LogLimits {
  /** Runs that keep their detail: a year of nights. */
  readonly detailed: number;
  /** Runs that are kept at all: a year of hours. */
  readonly kept: number;
  /** Lines that may be superfluous before the log is written anew. */
  readonly superfluousLines: number;
}

const LOG_LIMITS: LogLimits = { detailed: 400, kept: 10_000, superfluousLines: 2_000 };

/** A run as the log has it; `process` where the log does not say how it ended. */
interface LoggedRun {
  readonly record: RunRecord;
  readonly process: RunProcess | undefined;
}

/**
 * The runs of `state/runs.ndjson`, the earliest first, one record each. A run that was killed could not say so: it is
 * `killed` once a later one has started (there is one writer at a time) or its process is gone, and `running` until
 * then.
 */
export async function readRunLog(state: string): Promise<readonly RunRecord[]> {
  const runs = fold(await readLines(state));
  return Promise.all(
    runs.map(async ({ record, process }, index) => {
      if (process === undefined) return record;
      const isKilled = index < runs.length - 1 || (await isAlive(process)) === false;
      return isKilled ? killed(record) : record;
    }),
  );
}

/** Appends durably. Begins with a line break: what a crash left of the line before cannot swallow this one. */
export async function appendRunLog(state: string, line: RunLogLine): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const file = await open(pathOf(state), 'a', 0o600);
  try {
    await file.appendFile(`\n${JSON.stringify(line)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes down that the runs without an end were killed. Only for who holds the writer's lock, before the own run starts.
 * Where many lines have become superfluous the log is written anew: old runs lose their detail, the oldest go.
 */
export async function settleRunLog(state: string, limits: LogLimits = LOG_LIMITS): Promise<void> {
  const lines = await readLines(state);
  const runs = fold(lines);
  const settled = runs.map(({ record, process }) => (process === undefined ? record : killed(record)));
  const first = settled.length - limits.detailed;
  const isShortened = (record: RunRecord, index: number): boolean => index < first && record.detail !== null;
  const superfluous = lines.length - Math.min(runs.length, limits.kept) + settled.filter(isShortened).length;
  if (superfluous > limits.superfluousLines) {
    const kept = settled
      .map((record, index): RunRecord => (isShortened(record, index) ? { ...record, detail: null } : record))
      .slice(-limits.kept)
      .map((record) => `${JSON.stringify({ event: 'ended', ...record })}\n`);
    await writeDurably(pathOf(state), kept.join(''));
    return;
  }
  for (const [index, { process }] of runs.entries()) {
    const record = settled[index];
    if (process !== undefined && record !== undefined)
      await appendRunLog(state, { event: 'ended', ...record });
  }
}

/**
 * The id of a run that starts now: its time, or the next millisecond after the last one where the clock was set back.
 * Later runs sort later.
 */
export function nextRunId(now: Date, earlier: readonly string[]): string {
  const last = Math.max(...earlier.map(runTime).filter((time) => !Number.isNaN(time)), 0);
  return new Date(Math.max(now.getTime(), last + 1)).toISOString().replace(/[-:.]/g, '');
}

/** Milliseconds since 1970; NaN where it is no id of a run. */
export function runTime(id: string): number {
  return Date.parse(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z'));
}

function pathOf(state: string): string {
  return join(state, 'runs.ndjson');
}

function killed(record: RunRecord): RunRecord {
  return { ...record, status: 'killed' };
}

async function readLines(state: string): Promise<readonly RunLogLine[]> {
  let text: string;
  try {
    text = await readFile(pathOf(state), 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => (line === '' ? [] : parseLine(line)));
}

/** A line that a crash cut short is none. */
function parseLine(line: string): readonly RunLogLine[] {
  try {
    const parsed = runLogLine.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}

/** All lines of a run as one record, in the order in which the runs started. */
function fold(lines: readonly RunLogLine[]): readonly LoggedRun[] {
  const runs = new Map<string, LoggedRun>();
  for (const line of lines) {
    const known = runs.get(line.runId);
    if (line.event === 'started') {
      const { host, pid, pidStartedAt } = line;
      const record = startedRun(line.runId, line.startedAt);
      runs.set(line.runId, { record, process: { host, pid, pidStartedAt } });
    } else if (line.event === 'ended') {
      const { event: _, ...record } = line;
      runs.set(line.runId, { record, process: undefined });
    } else if (known !== undefined) {
      runs.set(line.runId, { ...known, record: { ...known.record, stage: line.stage } });
    }
  }
  return [...runs.values()];
}
