import { createReadStream } from 'node:fs';
import type { NumberedLine } from './dicom-job.ts';

/** Longer lines are given as their first bytes: no header is that long, and the cut text is no JSON. */
const MAX_LINE_BYTES = 67_108_864;
const BATCH_LINES = 64;
const BATCH_BYTES = 4_194_304;
const NEWLINE = 0x0a;

/** Lines of a file in batches, blank ones passed over but counted. Lines are numbered from 1. */
export async function* readLineBatches(path: string): AsyncGenerator<readonly NumberedLine[]> {
  let batch: NumberedLine[] = [];
  let batchBytes = 0;
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;

  function endLine(): void {
    const bytes = Uint8Array.from(Buffer.concat(parts));
    if (bytes.some((byte) => byte > 0x20)) {
      batch.push({ number, bytes });
      batchBytes += bytes.length;
    }
    number += 1;
    parts = [];
    length = 0;
  }

  function addPart(part: Buffer): void {
    const room = MAX_LINE_BYTES - length;
    if (room <= 0 || part.length === 0) return;
    parts.push(part.subarray(0, room));
    length += Math.min(part.length, room);
  }

  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 })) {
    const bytes = chunk as Buffer;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      addPart(bytes.subarray(start, end));
      endLine();
      start = end + 1;
      if (batch.length >= BATCH_LINES || batchBytes >= BATCH_BYTES) {
        yield batch;
        batch = [];
        batchBytes = 0;
      }
    }
    addPart(bytes.subarray(start));
  }
  if (length > 0) endLine();
  if (batch.length > 0) yield batch;
}
