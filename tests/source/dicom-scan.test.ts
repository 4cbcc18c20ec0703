import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DicomOutcome } from '../../etl/source/dicom-job.ts';
import { openDicomPool } from '../../etl/source/dicom-pool.ts';
import { type DicomScanItem, type ScanOptions, scanDicomTree } from '../../etl/source/dicom-scan.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chiasm-scan-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(name: string, content: string | Buffer): void {
  const path = join(root, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
}

function element(tag: number, vr: string, text: string): Buffer {
  const value = Buffer.from(text.length % 2 === 0 ? text : `${text}\0`, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

function dicom(uid: string): Buffer {
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x00020010, 'UI', '1.2.840.10008.1.2.1'),
    element(0x00080018, 'UI', uid),
  ]);
}

function json(uid: string): string {
  return JSON.stringify({ '00080018': { vr: 'UI', Value: [uid] } });
}

async function scan(options: Partial<ScanOptions> = {}): Promise<readonly DicomScanItem[]> {
  const items: DicomScanItem[] = [];
  for await (const item of scanDicomTree({ root, known: () => undefined, workers: 2, ...options }))
    items.push(item);
  return items;
}

function outline(items: readonly DicomScanItem[]): readonly (readonly [string, string])[] {
  return items.map((item) => [
    item.uri,
    item.kind === 'record' ? item.facts.sopInstanceUid : item.kind === 'rejected' ? item.code : item.kind,
  ]);
}

describe('a scanned tree', () => {
  test('gives every file in the order of its uri, and only hidden names are passed over', async () => {
    put('a/z.dcm', dicom('1.1'));
    put('a.txt', 'text');
    put('a b/ü 1.dcm', dicom('1.2'));
    put('.git/config', 'text');
    put('a/.DS_Store', 'x');
    put('a/empty', '');
    symlinkSync(root, join(root, 'a', 'loop'));
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));
    const items = await scan();
    expect(outline(items)).toEqual([
      ['a b/ü 1.dcm', '1.2'],
      ['a.txt', 'not-dicom'],
      ['a/empty', 'not-dicom'],
      ['a/z.dcm', '1.1'],
      ['dangling', 'dicom-unreadable'],
    ]);
    expect([...items].map(({ uri }) => uri).sort()).toEqual(items.map(({ uri }) => uri));
    expect(items[2]).toMatchObject({
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    });
  });

  test('unchanged files are not read again; a new time or size is a change', async () => {
    put('a.dcm', dicom('1.1'));
    put('b.dcm', dicom('1.2'));
    put('c.dicom.ndjson', `${json('2.1')}\n${json('2.2')}\n`);
    const first = await scan();
    const known = new Map(first.map((item) => [item.uri, { size: item.size, mtimeMs: item.mtimeMs }]));
    const lookUp = (uri: string) => known.get(uri);
    expect((await scan({ known: lookUp })).map(({ kind }) => kind)).toEqual(Array(4).fill('unchanged'));
    utimesSync(join(root, 'b.dcm'), 1, 1);
    put('c.dicom.ndjson', `${json('2.1')}\n${json('2.2')}\n${json('2.3')}`);
    expect((await scan({ known: lookUp })).map(({ kind }) => kind)).toEqual([
      'unchanged',
      'record',
      'record',
      'record',
      'record',
    ]);
  });

  test('DICOM JSON is taken line by line or as an array, and a bad line costs no neighbour', async () => {
    put(
      'a.dicom.ndjson',
      `\ufeff${json('1')}\r\n\n{"00080018":\n${json('2')}\n{"00100020":{"vr":"LO","Value":["P"]}}\n[]`,
    );
    put('b.dicom.json', `[${json('3')},${json('4')}]`);
    put('c.dicom.json', '[');
    expect(outline(await scan())).toEqual([
      ['a.dicom.ndjson#1', '1'],
      ['a.dicom.ndjson#3', 'dicom-unreadable'],
      ['a.dicom.ndjson#4', '2'],
      ['a.dicom.ndjson#5', 'dicom-no-sop-instance-uid'],
      ['a.dicom.ndjson#6', 'dicom-unreadable'],
      ['b.dicom.json#1', '3'],
      ['b.dicom.json#2', '4'],
      ['c.dicom.json', 'dicom-unreadable'],
    ]);
  });

  test('progress counts files up to their number', async () => {
    put('a.dcm', dicom('1.1'));
    put('b.dicom.ndjson', Array.from({ length: 200 }, (_, index) => json(`2.${index}`)).join('\n'));
    put('c.txt', 'text');
    const seen: (readonly [number, number])[] = [];
    expect(await scan({ onProgress: (done, total) => seen.push([done, total]) })).toHaveLength(202);
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test('a consumer may stop at any time', async () => {
    for (let index = 0; index < 100; index += 1) put(`${index}.dcm`, dicom(`1.${index}`));
    for await (const item of scanDicomTree({ root, known: () => undefined, workers: 2 })) {
      expect(item.kind).toBe('record');
      break;
    }
  });

  test('a folder that is not there is the user’s mistake', async () => {
    await expect(scan({ root: join(root, 'nowhere') })).rejects.toMatchObject({ code: 'source-not-found' });
  });
});

describe('a reading thread', () => {
  /** Stands for any file that kills or hangs its thread. */
  const ENTRY = `
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage({ kind: 'alive' });
    parentPort.on('message', (job) => {
      if (job.uri === 'dies') process.exit(1);
      if (job.uri === 'throws') throw new Error('x');
      if (job.uri === 'hangs') for (;;);
      parentPort.postMessage({ kind: 'done', outcomes: [{ kind: 'rejected', uri: job.uri, code: 'not-dicom', sha256: '' }] });
    });`;

  test('that dies or hangs is replaced, and loses only the file it died of', async () => {
    put('entry.mjs', ENTRY);
    const pool = openDicomPool({
      workers: 2,
      silenceMs: 1000,
      entry: pathToFileURL(join(root, 'entry.mjs')),
    });
    const uris = ['a', 'dies', 'b', 'c', 'throws', 'd', 'hangs', 'e', 'f', 'g'];
    const read = uris.map((uri) => pool.read({ kind: 'file', path: uri, uri, size: 0 }));
    const outcomes: readonly (readonly DicomOutcome[] | undefined)[] = await Promise.all(read);
    await pool.close();
    const lost = uris.filter((_, index) => outcomes[index] === undefined);
    expect(lost).toEqual(['dies', 'throws', 'hangs']);
    expect(outcomes.flatMap((found) => found?.map(({ uri }) => uri) ?? [])).toEqual(
      uris.filter((uri) => !lost.includes(uri)),
    );
  });

  test('that cannot start fails the run instead of every file', async () => {
    put('entry.mjs', "import './missing.mjs';");
    const pool = openDicomPool({
      workers: 1,
      silenceMs: 5000,
      entry: pathToFileURL(join(root, 'entry.mjs')),
    });
    await expect(pool.read({ kind: 'file', path: 'a', uri: 'a', size: 0 })).rejects.toThrow('did not start');
    await pool.close();
    const missing = pathToFileURL(join(root, 'none.mjs'));
    expect(() => openDicomPool({ workers: 1, silenceMs: 5000, entry: missing })).toThrow(/not compiled/);
  });
});

describeWithSharedData('the tree of public files', () => {
  test('comes out the same with one thread and with three', async () => {
    const data = sharedData('dicom');
    const one = await scan({ root: data, workers: 1 });
    const three = await scan({ root: data, workers: 3 });
    expect(three).toEqual(one);
    expect(one.filter(({ kind }) => kind === 'record')).toHaveLength(280);
    expect(one.map(({ uri }) => uri)).toEqual(one.map(({ uri }) => uri).sort());
    for (const item of one) {
      if (item.kind === 'record') expect(item.line).not.toMatch(/[\r\n]/);
      else expect(item.kind === 'rejected' && item.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
