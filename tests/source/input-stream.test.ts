import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compress, init } from '@bokuweb/zstd-wasm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DamagedInput, hashFile, openInput, UnreadableInput } from '../../etl/source/input-stream.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const text = Buffer.from(
  Array.from({ length: 2000 }, (_, line) => `{"line":${line},"value":${(line * 7919) % 1013}}\n`).join(''),
);

async function read(path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openInput(path)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function faultOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('what is not compressed whole is damaged, whatever the decompressor says of it', async () => {
  const directory = temporaryDirectory();
  await init();
  const packed = { gz: gzipSync(text), zst: Buffer.from(compress(text, 3)) };
  for (const [ending, bytes] of Object.entries(packed)) {
    const path = join(directory, `file.${ending}`);
    writeFileSync(path, bytes);
    expect((await read(path)).equals(text)).toBe(true);
    const offsets = { min: 0, max: bytes.length - 1 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ ...offsets, min: 1 }), async (length) => {
        writeFileSync(path, bytes.subarray(0, length));
        expect(await faultOf(read(path))).toBeInstanceOf(DamagedInput);
      }),
      { numRuns: 60 },
    );
    const damage = fc.array(fc.tuple(fc.integer(offsets), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, bits] of changes) changed[at] = (changed[at] ?? 0) ^ bits;
        writeFileSync(path, changed);
        const fault = await faultOf(read(path));
        if (fault !== undefined) expect(fault).toBeInstanceOf(DamagedInput);
      }),
      { numRuns: 200 },
    );
  }
});

test('what cannot be read says so without its path, compressed or not', async () => {
  const directory = temporaryDirectory();
  for (const name of ['none.ndjson', 'none.ndjson.gz', 'none.ndjson.zst', 'folder.gz']) {
    const path = join(directory, name);
    if (name === 'folder.gz') mkdirSync(path);
    for (const fault of [await faultOf(read(path)), await faultOf(hashFile(path))]) {
      expect(fault).toBeInstanceOf(UnreadableInput);
      expect((fault as UnreadableInput).code).toBe(name === 'folder.gz' ? 'EISDIR' : 'ENOENT');
      expect((fault as Error).message).not.toContain(directory);
    }
  }
});

test('a reader that stops early leaves no file open', async () => {
  const directory = temporaryDirectory();
  const big = Buffer.concat(Array.from({ length: 60 }, () => text));
  await init();
  writeFileSync(join(directory, 'a.ndjson'), big);
  writeFileSync(join(directory, 'a.ndjson.gz'), gzipSync(big, { level: 0 }));
  writeFileSync(join(directory, 'a.ndjson.zst'), Buffer.from(compress(big, 3)));
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  for (let round = 0; round < 5; round++) {
    for (const name of ['a.ndjson', 'a.ndjson.gz', 'a.ndjson.zst']) {
      for await (const chunk of openInput(join(directory, name))) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    }
  }
  // Streams close their files a turn or two after they are destroyed.
  await expect.poll(open).toBeLessThanOrEqual(before);
});
