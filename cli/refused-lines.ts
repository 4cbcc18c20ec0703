import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { hashFile } from '../etl/source/input-stream.ts';
import type { Refusal } from './read-safely.ts';

/** How many lines are told one by one. */
const SHOWN = 5;

export interface Refusals {
  readonly add: (refusal: Refusal) => Promise<void>;
  readonly count: () => number;
  /** Says on stderr what was left out, if anything. */
  readonly end: () => Promise<void>;
}

/**
 * Counts the lines that are left out; with `quarantine` each becomes a line of JSON there. Files are named by the
 * sha256 of their bytes (a name may tell a patient's) and by their place among the inputs, from 1.
 */
export async function createRefusals(
  files: readonly string[],
  quarantine: string | undefined,
): Promise<Refusals> {
  const hashes = new Map<number, string>();
  const first: string[] = [];
  const output = quarantine === undefined ? undefined : createWriteStream(quarantine, { mode: 0o600 });
  if (output !== undefined) await once(output, 'open');
  let count = 0;

  const hashOf = async (file: number): Promise<string> => {
    const hash = hashes.get(file) ?? (await hashFile(files[file] ?? ''));
    hashes.set(file, hash);
    return hash;
  };

  return {
    count: () => count,
    add: async ({ file, ...line }) => {
      count++;
      const hash = await hashOf(file);
      if (first.length < SHOWN) {
        const element = line.element === undefined ? '' : ` at ${line.element}`;
        first.push(`  file ${file + 1} (${hash.slice(0, 12)}), line ${line.line}: ${line.code}${element}\n`);
      }
      if (output === undefined) return;
      const text = `${JSON.stringify({ file_hash: hash, input: file + 1, ...line })}\n`;
      if (!output.write(text)) await once(output, 'drain');
    },
    end: async () => {
      if (output !== undefined) await new Promise((resolve) => output.end(resolve));
      if (count === 0) return;
      const rest = count > first.length ? `  and ${count - first.length} more\n` : '';
      process.stderr.write(`${count} line(s) refused, all others were read:\n${first.join('')}${rest}`);
    },
  };
}
