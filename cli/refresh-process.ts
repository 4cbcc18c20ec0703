import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';

/** How the process of a refresh ended. */
export interface ProcessEnd {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What it reported as JSON; undefined where it could not. */
  readonly report: Readonly<Record<string, unknown>> | undefined;
}

export interface RefreshProcess {
  readonly pid: number | undefined;
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to stop, and ends it where it has not after a while: a refresh may be killed anywhere. */
  stop(): void;
}

/** A container's processes have 30 seconds from the first signal to the last. */
const STOP_WITHIN_MS = 20_000;

/** Starts `chiasm refresh --json` as a process of its own: its memory goes with it, and so does its lock. */
export function startRefreshProcess(configFile: string): RefreshProcess {
  const program = join(packageRoot, 'dist', 'cli', 'chiasm.js');
  const child = spawn(
    process.execPath,
    [...process.execArgv, program, 'refresh', '-c', configFile, '--json'],
    // Its error text is in the report; what else a crash may print is not fit for a log.
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  let late: NodeJS.Timeout | undefined;
  const ended = new Promise<ProcessEnd>((resolve) => {
    // A process that could not be started at all (no memory) has ended as well.
    child.once('error', () => resolve({ exitCode: null, signal: null, report: undefined }));
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, report: parseReport(text) }));
  }).finally(() => clearTimeout(late));
  return {
    pid: child.pid,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      late ??= setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    },
  };
}

function parseReport(text: string): ProcessEnd['report'] {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
