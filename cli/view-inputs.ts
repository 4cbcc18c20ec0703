import { createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../base/error.ts';
import { sqlString } from '../base/sql-text.ts';
import { walkFolder } from '../etl/source/folder-walk.ts';

const LINES = /\.(ndjson|jsonl)(\.(gz|zst))?$/i;

/**
 * The files behind the arguments of a command: a file, a pattern, a folder (its `.ndjson` and `.jsonl` files, also
 * packed, in the order of their paths) or `-` for stdin, which is kept in `directory` for the run.
 */
export async function resolveInputs(
  inputs: readonly string[],
  directory: string,
  connection: DuckDBConnection,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const input of inputs) files.push(...(await resolveInput(input, directory, connection)));
  return files;
}

async function resolveInput(
  input: string,
  directory: string,
  connection: DuckDBConnection,
): Promise<readonly string[]> {
  if (input === '-') return [await spoolStdin(directory)];
  const status = await stat(input).catch(() => undefined);
  if (status?.isDirectory()) {
    const found = await walkFolder(input, input);
    return found.filter(({ path }) => LINES.test(path)).map(({ path }) => join(input, path));
  }
  if (status !== undefined) return [input];
  const matches = /[*?[]/.test(input)
    ? await connection.runAndReadAll(`select file from glob(${sqlString(input)}) order by 1`)
    : undefined;
  const files = (matches?.getRows() ?? []).map(([file]) => String(file));
  if (files.length === 0) {
    throw new ChiasmError('source-not-found', `${input}: there is no such file`, {
      params: { source: input },
    });
  }
  return files;
}

/** Stdin as a file whose name says how it is packed. */
async function spoolStdin(directory: string): Promise<string> {
  const path = join(directory, 'stdin.ndjson');
  let head = Buffer.alloc(0);
  await pipeline(
    process.stdin,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4)]);
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  );
  const ending = head.length < 4 ? '' : packingOf(head);
  if (ending === '') return path;
  await rename(path, path + ending);
  return path + ending;
}

/** Gzip (RFC 1952) and Zstandard (RFC 8878) files say so in their first bytes. */
function packingOf(head: Buffer): string {
  if (head.readUInt16BE(0) === 0x1f8b) return '.gz';
  return head.readUInt32LE(0) === 0xfd2fb528 ? '.zst' : '';
}
