import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { isFile, isMissing, writeDurably } from '../../base/files.ts';
import { sqlString } from '../../base/sql-text.ts';
import { queryCount, queryValue } from '../warehouse/duckdb.ts';
import { attachOrSayWho, lockVault } from './writer-lock.ts';

/**
 * Attaches the vault as `vault`: one row per node of the identity graph with the person minted for it. Being
 * attached for writing it is also the lock of the only writer (see lockVault). Throws `writer-locked`.
 */
export async function attachVault(
  connection: DuckDBConnection,
  directory: string,
  now: Date = new Date(),
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  await lockVault(connection, directory, now);
  const file = join(directory, 'vault.duckdb');
  await chmod(file, 0o600);
  await connection.run(`
    create sequence if not exists vault.minted start 1;
    create table if not exists vault.node (
      node varchar not null, person_id uuid not null, minted bigint not null);
    create table if not exists vault.person_node (node varchar not null, person_id uuid not null);
    create table if not exists vault.identity (vault_id uuid not null);
    insert into vault.identity select gen_random_uuid() where not exists (from vault.identity)`);
}

/** Which vault this is and how far it has come: another vault, and an older state of this one, mint other persons. */
export interface VaultMark {
  readonly id: string;
  /** The number of the person minted last. */
  readonly minted: number;
}

export async function readVaultMark(connection: DuckDBConnection): Promise<VaultMark> {
  return {
    id: String(await queryValue(connection, 'select vault_id::varchar from vault.identity')),
    minted: await queryCount(connection, 'select coalesce(max(minted), 0) from vault.node'),
  };
}

/** Its id where it is not attached, without a change to it. Undefined where there is none yet. */
export async function peekVaultId(
  connection: DuckDBConnection,
  directory: string,
): Promise<string | undefined> {
  const file = join(directory, 'vault.duckdb');
  if (!(await isFile(file))) return undefined;
  await attachOrSayWho(connection, directory, `attach ${sqlString(file)} as vault (read_only)`);
  try {
    return (await readVaultMark(connection)).id;
  } finally {
    await connection.run('detach vault');
  }
}

/**
 * The secret that pseudonyms derive from: 32 to 64 bytes as hex, made at the first run. Losing it breaks every link to
 * what was published before, so another one is made only at the first run and while the vault has minted nobody; whoever
 * has it can test guesses. Throws `key-file-invalid`.
 */
export async function loadProjectKey(
  connection: DuckDBConnection,
  keyFile: string,
  isFirst: boolean,
): Promise<Buffer> {
  let hex: string;
  try {
    hex = (await readFile(keyFile, 'utf8')).trim();
  } catch (error) {
    if (!isMissing(error)) throw error;
    if (!isFirst || (await queryCount(connection, 'select count(*) from vault.node')) > 0) {
      throw new ChiasmError(
        'key-file-invalid',
        'the key file is missing although pseudonyms were made with it: mount it, or restore it from its backup',
        { params: { file: keyFile }, cause: error },
      );
    }
    return makeProjectKey(keyFile);
  }
  return parseKey(hex, keyFile);
}

/** The same, but none is made: undefined where there is no key yet. Throws `key-file-invalid`. */
export async function peekProjectKey(keyFile: string): Promise<Buffer | undefined> {
  try {
    return parseKey((await readFile(keyFile, 'utf8')).trim(), keyFile);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parseKey(hex: string, keyFile: string): Buffer {
  if (/^[0-9a-f]{64,128}$/i.test(hex) && hex.length % 2 === 0) return Buffer.from(hex, 'hex');
  throw new ChiasmError('key-file-invalid', 'the key file must hold 64 to 128 hexadecimal digits', {
    params: { file: keyFile },
  });
}

async function makeProjectKey(keyFile: string): Promise<Buffer> {
  const key = randomBytes(32);
  await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
  await writeDurably(keyFile, `${key.toString('hex')}\n`);
  return key;
}
