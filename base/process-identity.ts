import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, told apart from another that is given its number later. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** In ticks since the machine started; null where that cannot be told. */
  readonly pidStartedAt: string | null;
}

/** This process, to be written down. */
export async function thisProcess(): Promise<ProcessIdentity> {
  return { host: hostname(), pid: process.pid, pidStartedAt: await startOf(process.pid) };
}

/**
 * Does a process that was written down still run? Undefined where it cannot be told: it is on another machine. The number of a
 * process that has ended may be given to another, so its start must be the same, too.
 */
export async function isAlive({ host, pid, pidStartedAt }: ProcessIdentity): Promise<boolean | undefined> {
  if (host !== hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return (await startOf(pid)) === pidStartedAt;
}

/** When a process started, in ticks since the machine did (Linux, proc(5)); null elsewhere. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the second field is the program's name, which may hold anything
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
