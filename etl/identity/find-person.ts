import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlString } from '../../base/sql-text.ts';
import { openDuckDB, queryValue } from '../warehouse/duckdb.ts';

/** The project key as it lies in its file, for looking a person up. */
export async function readProjectKey(keyFile: string): Promise<Buffer> {
  return Buffer.from((await readFile(keyFile, 'utf8')).trim(), 'hex');
}

/** The person of a Patient record as the vault knows it, or undefined. Opens the vault for reading. */
export async function findPerson(
  vault: string,
  source: string,
  patientId: string,
): Promise<string | undefined> {
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    await connection.run(`attach ${sqlString(join(vault, 'vault.duckdb'))} as vault (read_only)`);
    const person = await queryValue(
      connection,
      `select person_id::varchar from vault.person_node where node = ${sqlString(`${source}|Patient/${patientId}`)}`,
    );
    return person === null ? undefined : String(person);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
