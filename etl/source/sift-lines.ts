import { type FileHandle, open } from 'node:fs/promises';
import type { RejectionCode } from '../landing/rejection-code.ts';
import { type JsonObject, readFhirRecord } from './fhir-record.ts';
import { DamagedInput, openInput } from './input-stream.ts';
import { type InputLine, readLines } from './line-reader.ts';

/** A line that is left out: where it stands and why, never what it says. */
export interface RefusedLine {
  /** From 1; of a compressed file that ends in the middle the line that could not be finished. */
  readonly line: number;
  /** Bytes before it in the (decompressed) file. */
  readonly offset: number;
  readonly length: number;
  readonly code: RejectionCode;
  /** A path of element names. */
  readonly element?: string;
}

export interface Sieve {
  /** Records of other types are left out without a word. */
  readonly resourceType: string;
  /** The path of an element that the reader of the good lines could not take, or undefined. */
  readonly findMisfit: (record: JsonObject) => string | undefined;
  readonly onRefused: (line: RefusedLine) => void | Promise<void>;
}

/**
 * Copies the good lines of an NDJSON file (plain, `.gz`, `.zst`) to a plain one, each judged on its own by the gate
 * of landing, except that a record may lack an id. Returns how many were copied. Memory: one line.
 */
export async function siftLines(path: string, target: string, sieve: Sieve): Promise<number> {
  const output = await open(target, 'w', 0o600);
  let copied = 0;
  let next: InputLine | undefined;
  try {
    for await (const lines of readLines(openInput(path))) {
      const good: Buffer[] = [];
      for (const line of lines) {
        next = line;
        const verdict = judge(line, sieve);
        if (verdict === 'good') good.push(line.bytes, NEWLINE);
        else if (verdict !== 'other') await sieve.onRefused(verdict);
      }
      copied += good.length / 2;
      await writeAll(output, good);
    }
  } catch (error) {
    if (!(error instanceof DamagedInput)) throw error;
    const offset = next === undefined ? 0 : next.offset + next.length + 1;
    await sieve.onRefused({ line: (next?.line ?? 0) + 1, offset, length: 0, code: 'file-truncated' });
  } finally {
    await output.close();
  }
  return copied;
}

const NEWLINE = Buffer.from('\n');

function judge(line: InputLine, sieve: Sieve): 'good' | 'other' | RefusedLine {
  const place = { line: line.line, offset: line.offset, length: line.length };
  if (line.isTooLong) return { ...place, code: 'line-too-long' };
  const reading = readFhirRecord(line.bytes);
  if (reading.kind === 'rejected' && reading.code !== 'resource-without-id') {
    const { code, element } = reading;
    return { ...place, code, ...(element === undefined || element === '' ? {} : { element }) };
  }
  const record = reading.kind === 'record' ? reading.resource : parse(line);
  if (record['resourceType'] !== sieve.resourceType) return 'other';
  const element = sieve.findMisfit(record);
  return element === undefined ? 'good' : { ...place, code: 'shape-mismatch', element };
}

/** The gate has found it to be the JSON of an object. */
function parse(line: InputLine): JsonObject {
  return JSON.parse(line.bytes.toString('utf8')) as JsonObject;
}

async function writeAll(output: FileHandle, parts: readonly Buffer[]): Promise<void> {
  const bytes = Buffer.concat(parts);
  for (let at = 0; at < bytes.length; ) at += (await output.write(bytes, at)).bytesWritten;
}
