import { hash } from 'node:crypto';
import { groupBy } from '../../base/group.ts';
import { landedFile } from '../landing/landing-catalog.ts';
import { damaged } from '../landing/landing-check.ts';
import { openInput } from '../source/input-stream.ts';
import type { FoundLine } from './find-lines.ts';
import type { OpenedRecord } from './opened.ts';

/** Reads lines out of landing, each file once. What is read is what landed: its hash is compared. Throws `landing-damaged`. */
export async function readLandedLines(
  landing: string,
  lines: readonly FoundLine[],
): Promise<readonly OpenedRecord[]> {
  const files = groupBy(lines, ({ record }) => landedFile(landing, record, record.file));
  const texts = new Map<FoundLine, string>();
  for (const [path, own] of files) {
    const { source, run, file } = own[0]?.record ?? { source: '', run: '', file: '' };
    try {
      await readParts(path, own, texts);
    } catch (cause) {
      throw damaged(source, run, file, cause);
    }
  }
  return lines.map((line) => ({ ...line.record, text: texts.get(line) }));
}

async function readParts(
  path: string,
  lines: readonly FoundLine[],
  texts: Map<FoundLine, string>,
): Promise<void> {
  const waiting = [...lines].sort((a, b) => a.offset - b.offset);
  let parts: Uint8Array[] = [];
  let position = 0;
  for await (const chunk of openInput(path)) {
    const end = position + chunk.length;
    for (let [line] = waiting; line !== undefined && line.offset < end; [line] = waiting) {
      const from = Math.max(line.offset - position, 0);
      const isWhole = line.offset + line.length <= end;
      parts.push(chunk.slice(from, isWhole ? line.offset + line.length - position : chunk.length));
      if (!isWhole) break;
      texts.set(line, checked(Buffer.concat(parts), line.contentHash));
      parts = [];
      waiting.shift();
    }
    if (waiting.length === 0) return;
    position = end;
  }
  throw new Error('the file ends before its lines');
}

function checked(bytes: Buffer, contentHash: string): string {
  if (hash('sha1', bytes, 'hex') !== contentHash) throw new Error('the line is not the one that landed');
  return bytes.toString('utf8');
}
