import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { writeDurably } from '../../base/files.ts';
import { sqlString } from '../../base/sql-text.ts';

const holder = z.object({ pid: z.number().int(), host: z.string(), since: z.string() });

/** The vaults that this process writes: the operating system's lock keeps out other processes only. */
const own = new Set<string>();

/**
 * Attaches the vault's database as `vault` for writing, which is the lock that makes this process the only writer; the
 * operating system releases it when the process ends, however it ends. Leaves word of who holds it. The lock goes
 * with `releaseVault` and the connection. Throws `writer-locked`, which says who, where and since when.
 */
export async function lockVault(connection: DuckDBConnection, directory: string, now: Date): Promise<void> {
  const key = resolve(directory);
  if (own.has(key)) throw await lockedBy(directory, process.pid);
  own.add(key);
  try {
    const file = sqlString(join(directory, 'vault.duckdb'));
    await attachOrSayWho(connection, directory, `attach ${file} as vault`);
  } catch (error) {
    own.delete(key);
    throw error;
  }
  const word = { pid: process.pid, host: hostname(), since: now.toISOString() };
  await writeDurably(wordPath(directory), `${JSON.stringify(word)}\n`);
}

/** Lets another run of this process have the lock, once the connection that held it is closed. */
export function releaseVault(directory: string): void {
  own.delete(resolve(directory));
}

/** Linux and macOS say that a lock is held, Windows that a file is used or open, each mostly with the process. */
const IS_LOCKED = /could not set lock|being used by another process|is already open|\(PID \d+\)/i;

/** Runs SQL that attaches the vault. Throws `writer-locked`. */
export async function attachOrSayWho(
  connection: DuckDBConnection,
  directory: string,
  sql: string,
): Promise<void> {
  try {
    await connection.run(sql);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (!IS_LOCKED.test(message)) throw error;
    throw await lockedBy(directory, Number(/PID (\d+)/.exec(message)?.[1] ?? 0));
  }
}

/** `pid` is 0 where the system does not say: another machine, another container. */
async function lockedBy(directory: string, pid: number): Promise<ChiasmError> {
  const word = await readWord(directory);
  // The word of a process that is gone may lie there until the new holder has left its own.
  const isOfHolder = word !== undefined && (pid === 0 || pid === word.pid);
  const who = isOfHolder
    ? `process ${word.pid} on ${word.host}, since ${word.since},`
    : pid === 0
      ? 'another process'
      : `process ${pid}`;
  return new ChiasmError(
    'writer-locked',
    `${who} is writing to this warehouse: wait until it has finished; the lock goes with the process`,
    { params: isOfHolder ? { ...word } : pid === 0 ? {} : { pid } },
  );
}

async function readWord(directory: string): Promise<z.infer<typeof holder> | undefined> {
  try {
    return holder.parse(JSON.parse(await readFile(wordPath(directory), 'utf8')));
  } catch {
    return undefined;
  }
}

function wordPath(directory: string): string {
  return join(directory, 'writer.json');
}
