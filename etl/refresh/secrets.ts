import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { attachVault, loadProjectKey, readVaultMark, type VaultMark } from '../identity/vault.ts';
import { listRunNames } from '../landing/landing-catalog.ts';
import { keyEpoch } from '../privacy/pseudonyms.ts';
import type { SnapshotManifest } from '../warehouse/snapshot-manifest.ts';
import type { DataDirectories } from './refresh-options.ts';

export interface Secrets {
  readonly key: Buffer;
  readonly vault: VaultMark;
}

/**
 * The key and the mark of the attached vault. A new key or vault gives everybody new pseudonyms, so one is made only
 * where nothing has been landed or published, and the two that are there must be those that the published snapshot was
 * made with. Throws `key-file-invalid`, `vault-mismatch`.
 */
export async function loadSecrets(
  connection: DuckDBConnection,
  directories: DataDirectories,
  isVaultNew: boolean,
  published: SnapshotManifest | undefined,
): Promise<Secrets> {
  const isFirst = published === undefined && (await listRunNames(directories.landing)).length === 0;
  if (isVaultNew && !isFirst) {
    // Left here it would pass for the one that is missing.
    await connection.run('detach vault');
    await rm(join(directories.vault, 'vault.duckdb'), { force: true });
    throw mismatch('vault/vault.duckdb is missing although patients have been given pseudonyms with it');
  }
  const key = await loadProjectKey(connection, directories.keyFile, isFirst);
  if (published !== undefined && published.keyEpoch !== keyEpoch(key)) {
    throw new ChiasmError(
      'key-file-invalid',
      `the key is not the one that snapshot ${published.number} was made with: restore the right one from its backup`,
      { params: { file: directories.keyFile, snapshot: published.number } },
    );
  }
  const vault = await readVaultMark(connection);
  const known = published?.vault;
  if (known !== undefined && known.id !== vault.id) {
    throw mismatch('vault/vault.duckdb is not the one that the published snapshot was made with');
  }
  if (known !== undefined && known.minted > vault.minted) {
    throw mismatch('vault/vault.duckdb is older than the published snapshot');
  }
  return { key, vault };
}

/** Attaches the vault, which locks the warehouse; tells whether it was made just now. Throws `writer-locked`. */
export async function openVault(
  connection: DuckDBConnection,
  directory: string,
  now: Date,
): Promise<boolean> {
  const isNew = await access(join(directory, 'vault.duckdb')).then(
    () => false,
    () => true,
  );
  await attachVault(connection, directory, now);
  return isNew;
}

function mismatch(what: string): ChiasmError {
  return new ChiasmError(
    'vault-mismatch',
    `${what}: restore landing, vault, private and warehouse from one and the same backup (docs/operations.md)`,
  );
}
