import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../base/error.ts';
import { attachVault } from '../etl/identity/vault.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';
import type { Config } from './config.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Runs a command while no refresh can write: what it copies from the data directory belongs together. Waits up to
 * `waitMs` for a run that is going. Readers and `chiasm serve` go on. Returns the command's exit code. Throws
 * `writer-locked`, `snapshot-not-found`.
 */
export async function quiesce(config: Config, command: readonly string[], waitMs: number): Promise<number> {
  const { vault } = config.directories;
  // Nothing to keep still: a vault made here would pass for one that has been lost.
  if (
    !(await access(join(vault, 'vault.duckdb')).then(
      () => true,
      () => false,
    ))
  ) {
    throw new ChiasmError('snapshot-not-found', 'there is no vault here yet: run `chiasm refresh` first');
  }
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    await attachWithin(connection, vault, waitMs);
    await connection.run('checkpoint vault');
    return await run(command);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function attachWithin(connection: DuckDBConnection, vault: string, waitMs: number): Promise<void> {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return await attachVault(connection, vault);
    } catch (error) {
      const isLocked = error instanceof ChiasmError && error.code === 'writer-locked';
      if (!isLocked || performance.now() > until) throw error;
    }
    await wait(LOOK_EVERY_MS);
  }
}

function run([program = '', ...parameters]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    process.on('SIGTERM', pass);
    // A terminal has sent it to the command as well.
    process.on('SIGINT', () => {});
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ChiasmError('command-not-found', `${program} cannot be started (${error.code ?? error.name})`, {
          cause: error,
        }),
      ),
    );
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}
