import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive, thisProcess } from '../base/process-identity.ts';

const scheduleState = z.object({
  host: z.string(),
  pid: z.number(),
  pidStartedAt: z.string().nullable(),
  nextRunAt: z.string(),
  /** The process of the refresh that is running. */
  refreshPid: z.number().nullable(),
});

/** Who keeps the schedule of a data directory, as `state/schedule.json` says. */
export type ScheduleState = Readonly<z.infer<typeof scheduleState>>;

/** A process of another machine cannot be looked at: it is gone when its time has passed without its saying the next. */
const SILENT_MS = 2 * 60_000;

const pathOf = (state: string): string => join(state, 'schedule.json');

/** Who keeps the schedule now; undefined where nobody does, also when a process was killed that did. */
export async function readScheduleKeeper(state: string, now: Date): Promise<ScheduleState | undefined> {
  const text = await readFile(pathOf(state), 'utf8').catch(() => '');
  const parsed = scheduleState.safeParse(parse(text));
  if (!parsed.success) return undefined;
  const keeper = parsed.data;
  const isSilent = now.getTime() - Date.parse(keeper.nextRunAt) > SILENT_MS;
  return isSilent || (await isAlive(keeper)) === false ? undefined : keeper;
}

/** Says that this process keeps the schedule. */
export async function writeScheduleState(
  state: string,
  told: Pick<ScheduleState, 'nextRunAt' | 'refreshPid'>,
): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const temporary = `${pathOf(state)}.${process.pid}.tmp`;
  const content: ScheduleState = { ...(await thisProcess()), ...told };
  await writeFile(temporary, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await rename(temporary, pathOf(state));
}

/** Says that nobody keeps the schedule any more. */
export async function removeScheduleState(state: string): Promise<void> {
  await rm(pathOf(state), { force: true });
}

export function isThisProcess(keeper: ScheduleState): boolean {
  return keeper.host === hostname() && keeper.pid === process.pid;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
