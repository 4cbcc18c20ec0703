import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type Operation = (...parameters: never[]) => Promise<unknown>;
type Operations = Record<string, Operation>;

/** What changes a file system; `open` too, for what is done with the handle. */
const CHANGING = [
  'appendFile',
  'copyFile',
  'link',
  'mkdir',
  'open',
  'rename',
  'rm',
  'symlink',
  'writeFile',
] as const;

export interface WatchedOperation {
  readonly name: (typeof CHANGING)[number] | 'sync';
  readonly paths: readonly string[];
}

/**
 * Puts `before` in front of every operation of `node:fs/promises` that changes a file system, for the code under test,
 * too, until the test is over: what it throws is thrown instead. Unless `isSyncing`, nothing waits for the disk.
 */
export function watchFileOperations(
  before: (operation: WatchedOperation) => void,
  { isSyncing = true }: { readonly isSyncing?: boolean } = {},
): { stop(): void } {
  const operations = promises as unknown as Operations;
  const originals = new Map(CHANGING.map((name) => [name, operations[name] as Operation]));
  for (const [name, original] of originals) {
    operations[name] = async (...parameters: never[]) => {
      before({ name, paths: parameters.filter((each) => typeof each === 'string') });
      const result = await original(...parameters);
      if (name === 'open') watchSync(result as promises.FileHandle, String(parameters[0]), before, isSyncing);
      return result;
    };
  }
  syncBuiltinESMExports();
  const stop = (): void => {
    for (const [name, original] of originals) operations[name] = original;
    syncBuiltinESMExports();
  };
  onTestFinished(stop);
  return { stop };
}

function watchSync(
  handle: promises.FileHandle,
  path: string,
  before: (operation: WatchedOperation) => void,
  isSyncing: boolean,
): void {
  const sync = handle.sync.bind(handle);
  handle.sync = async () => {
    before({ name: 'sync', paths: [path] });
    if (isSyncing) await sync();
  };
}

/** An error of the operating system. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
