import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DicomOutcome } from '../../etl/source/dicom-job.ts';
import { openDicomPool } from '../../etl/source/dicom-pool.ts';
import { type DicomScanItem, type ScanOptions, scanDicomTree } from '../../etl/source/dicom-scan.ts';
import type { KnownOrigin } from '../../etl/source/source-run.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { unprivileged } from '../support/unprivileged.ts';

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
  const all = { source: 'pacs', root, known: knownFrom([]), workers: 2, ...options };
  for await (const item of scanDicomTree(all)) items.push(item);
  return items;
}

async function* knownFrom(known: readonly KnownOrigin[]): AsyncGenerator<readonly KnownOrigin[]> {
  for (const origin of known) yield [origin];
}

/** What a run remembers of a scan. */
function remember(items: readonly DicomScanItem[]): readonly KnownOrigin[] {
  return items.flatMap((item) =>
    item.kind === 'gone'
      ? []
      : [
          {
            path: item.uri,
            size: item.size,
            mtimeMs: item.mtimeMs,
            sha256: item.kind === 'rejected' ? item.sha256 : 'some',
            isRejected: item.kind === 'rejected',
            hasRecord: item.kind === 'record',
            holdsRecord: item.kind === 'record',
          },
        ],
  );
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
      ['dangling', 'file-unreadable'],
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
    const first = remember(await scan());
    expect((await scan({ known: knownFrom(first) })).map(({ kind }) => kind)).toEqual(
      Array(4).fill('unchanged'),
    );
    utimesSync(join(root, 'b.dcm'), 1, 1);
    put('c.dicom.ndjson', `${json('2.1')}\n${json('2.2')}\n${json('2.3')}`);
    expect((await scan({ known: knownFrom(first) })).map(({ kind }) => kind)).toEqual([
      'unchanged',
      'record',
      'record',
      'record',
      'record',
    ]);
  });

  test('what is gone is told in its place, lines and members as well', async () => {
    for (const name of ['a.dcm', 'b/1.dcm', 'b/2.dcm', 'b.dcm', 'z.dcm']) put(name, dicom('1.1'));
    const lines = Array.from({ length: 12 }, (_, index) => json(`2.${index}`));
    put('c.dicom.ndjson', lines.join('\n'));
    put('c.dicom.ndjson!', 'sorts between the file and its lines');
    put('d.dicom.json', `[${lines.slice(0, 3).join(',')}]`);
    // Sorts after the next by code point and before it by UTF-16.
    put('\ufb01.dcm', dicom('3.1'));
    put('\u{1f642}.dcm', dicom('3.2'));
    const first = remember(await scan());
    expect(first.map(({ path }) => path).slice(-2)).toEqual(['\ufb01.dcm', '\u{1f642}.dcm']);
    for (const name of ['a.dcm', 'b/2.dcm', '\u{1f642}.dcm']) rmSync(join(root, name));
    put('c.dicom.ndjson', lines.slice(0, 10).join('\n'));
    put('d.dicom.json', `[${lines[0]}]`);
    const second = await scan({ known: knownFrom(first) });
    expect(second.filter(({ kind }) => kind === 'gone').map(({ uri }) => uri)).toEqual([
      'a.dcm',
      'b/2.dcm',
      'c.dicom.ndjson#11',
      'c.dicom.ndjson#12',
      'd.dicom.json#2',
      'd.dicom.json#3',
      '\u{1f642}.dcm',
    ]);
    expect(second.filter(({ kind }) => kind === 'unchanged').map(({ uri }) => uri)).toEqual([
      'b.dcm',
      'b/1.dcm',
      'c.dicom.ndjson!',
      'z.dcm',
      '\ufb01.dcm',
    ]);
  });

  test('nothing below a place that cannot be reached is gone', async () => {
    for (const name of ['far/1.dcm', 'far/deep/2.dcm', 'far.txt', 'farther.dcm']) put(name, dicom('1.1'));
    put('far-lines.dicom.ndjson', json('1.3'));
    const first = remember(await scan());
    for (const name of ['far', 'far.txt', 'far-lines.dicom.ndjson', 'farther.dcm']) {
      rmSync(join(root, name), { recursive: true });
    }
    symlinkSync(join(root, 'nowhere'), join(root, 'far'));
    symlinkSync(join(root, 'nowhere'), join(root, 'far-lines.dicom.ndjson'));
    const second = await scan({ known: knownFrom(first) });
    expect(outline(second)).toEqual([
      ['far', 'file-unreadable'],
      ['far-lines.dicom.ndjson', 'file-unreadable'],
      ['far.txt', 'gone'],
      ['farther.dcm', 'gone'],
    ]);
    // The next night the same entries are known as what they are, and still nothing is gone.
    const both = [...first.filter(({ path }) => /^far[/-]/.test(path)), ...remember(second)].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    );
    const third = await scan({ known: knownFrom(both) });
    expect(third.map(({ uri, kind, known }) => [uri, kind, known?.path])).toEqual([
      ['far', 'rejected', 'far'],
      ['far-lines.dicom.ndjson', 'rejected', 'far-lines.dicom.ndjson'],
    ]);
  });

  test('neither is what lies in a directory without permission', async () => {
    for (const name of ['a/1.dcm', 'a/deep/2.dcm', 'b.dcm', 'c.dicom.json']) put(name, dicom('1.1'));
    put('c.dicom.json', `[${json('2.1')},${json('2.2')}]`);
    const first = remember(await scan());
    chmodSync(join(root, 'a'), 0);
    chmodSync(join(root, 'b.dcm'), 0);
    chmodSync(join(root, 'c.dicom.json'), 0);
    utimesSync(join(root, 'b.dcm'), 1, 1);
    utimesSync(join(root, 'c.dicom.json'), 1, 1);
    chmodSync(root, 0o755);
    const second = await unprivileged(() => scan({ known: knownFrom(first) }));
    chmodSync(join(root, 'a'), 0o755);
    expect(outline(second)).toEqual([
      ['a/', 'file-unreadable'],
      ['b.dcm', 'file-unreadable'],
      ['c.dicom.json', 'file-unreadable'],
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

  test('progress counts files, not lines', async () => {
    put('a.dcm', dicom('1.1'));
    put('b.dicom.ndjson', Array.from({ length: 200 }, (_, index) => json(`2.${index}`)).join('\n'));
    put('c.txt', 'text');
    const seen: number[] = [];
    expect(await scan({ onProgress: (done) => seen.push(done) })).toHaveLength(202);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('a consumer may stop at any time', async () => {
    for (let index = 0; index < 100; index += 1) put(`${index}.dcm`, dicom(`1.${index}`));
    for await (const item of scanDicomTree({ source: 'pacs', root, known: knownFrom([]), workers: 2 })) {
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
