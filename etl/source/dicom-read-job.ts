import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { isDataset } from './dicom-frames.ts';
import { type DicomRejection, readDicomHeader } from './dicom-header.ts';
import type { DicomJob, DicomOutcome } from './dicom-job.ts';
import { encodeDicomRecord } from './dicom-record.ts';

const CHUNK = 1_048_576;
const CHUNKS_PER_SIGN_OF_LIFE = 64;
const MAX_ARRAY_BYTES = 268_435_456;

/** Does one job; never throws. `signalLife` is called now and then while a large file is hashed. */
export function readDicomJob(job: DicomJob, signalLife: () => void): readonly DicomOutcome[] {
  switch (job.kind) {
    case 'file':
      return [readFile(job.path, job.uri, job.size, signalLife)];
    case 'lines':
      return job.lines.map(({ number, bytes }) => readLine(Buffer.from(bytes), `${job.uri}#${number}`));
    case 'array':
      return readArray(job.path, job.uri, job.size, signalLife);
    case 'hash':
      return [reject(job.path, job.uri, 'dicom-unreadable', signalLife)];
    default:
      return job satisfies never;
  }
}

function readFile(path: string, uri: string, size: number, signalLife: () => void): DicomOutcome {
  try {
    const reading = readDicomHeader(path);
    if (reading.kind === 'rejected') return reject(path, uri, reading.code, signalLife);
    const { transferSyntax, hasPixelData, isTruncated } = reading;
    const record = encodeDicomRecord(reading.dataset, {
      uri,
      size,
      transferSyntax,
      hasPixelData,
      isTruncated,
    });
    return record === undefined
      ? reject(path, uri, 'dicom-no-sop-instance-uid', signalLife)
      : { kind: 'record', uri, ...record };
  } catch {
    return reject(path, uri, 'dicom-unreadable', signalLife);
  }
}

function readArray(path: string, uri: string, size: number, signalLife: () => void): readonly DicomOutcome[] {
  const members = size > MAX_ARRAY_BYTES ? undefined : parseMembers(path);
  if (members === undefined) return [reject(path, uri, 'dicom-unreadable', signalLife)];
  return members.map((member, index) => {
    const text = JSON.stringify(member);
    return encodeObject(member, `${uri}#${index + 1}`, Buffer.byteLength(text), () => hashText(text));
  });
}

function parseMembers(path: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(withoutBom(readFileSync(path, 'utf8')));
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return undefined;
  }
}

function readLine(bytes: Buffer, uri: string): DicomOutcome {
  let value: unknown;
  try {
    value = JSON.parse(withoutBom(bytes.toString('utf8')));
  } catch {
    return { kind: 'rejected', uri, code: 'dicom-unreadable', sha256: hashText(bytes) };
  }
  return encodeObject(value, uri, bytes.length, () => hashText(bytes));
}

function withoutBom(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

const PIXEL_TAGS = ['7FE00010', '7FE00008', '7FE00009'];

function encodeObject(value: unknown, uri: string, size: number, hash: () => string): DicomOutcome {
  try {
    if (!isDataset(value)) return { kind: 'rejected', uri, code: 'dicom-unreadable', sha256: hash() };
    const stated = value['00020010']?.Value?.[0] ?? value['00083002']?.Value?.[0];
    const record = encodeDicomRecord(value, {
      uri,
      size,
      transferSyntax: typeof stated === 'string' ? stated : undefined,
      hasPixelData: PIXEL_TAGS.some((tag) => value[tag] !== undefined),
    });
    if (record !== undefined) return { kind: 'record', uri, ...record };
    return { kind: 'rejected', uri, code: 'dicom-no-sop-instance-uid', sha256: hash() };
  } catch {
    return { kind: 'rejected', uri, code: 'dicom-unreadable', sha256: hash() };
  }
}

function hashText(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function reject(path: string, uri: string, code: DicomRejection, signalLife: () => void): DicomOutcome {
  return { kind: 'rejected', uri, code, sha256: hashFile(path, signalLife) };
}

/** Empty where the file cannot be read. */
function hashFile(path: string, signalLife: () => void): string {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const hash = createHash('sha256');
      const chunk = Buffer.allocUnsafe(CHUNK);
      for (let chunks = 1; ; chunks += 1) {
        const count = readSync(descriptor, chunk, 0, CHUNK, null);
        if (count === 0) return hash.digest('hex');
        hash.update(chunk.subarray(0, count));
        if (chunks % CHUNKS_PER_SIGN_OF_LIFE === 0) signalLife();
      }
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
