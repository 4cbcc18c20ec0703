import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chiasm } from '../cli/run-chiasm.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { BAD, expectedRow, good, mutate, pick, view } from './bad-lines.ts';

test('a thousand bad lines among a million are told by number, all others load', async () => {
  const directory = temporaryDirectory();
  const [input, definition] = [join(directory, 'in.ndjson'), join(directory, 'v.view.json')];
  writeFileSync(definition, JSON.stringify(view));
  const total = 1_000_000;
  const bad = new Map(
    fc
      .sample(fc.noBias(fc.integer({ min: 1, max: total })), { numRuns: 1100, seed: 7 })
      .map((line, index) => [line, BAD[index % BAD.length] ?? ['', '']] as const)
      .slice(0, 1100),
  );
  const chosen = [...bad].slice(0, 1000).sort(([a], [b]) => a - b);
  const kept = new Map(chosen);
  async function* chunks(): AsyncGenerator<string> {
    for (let from = 1; from <= total; from += 1000) {
      yield Array.from(
        { length: 1000 },
        (_, index) => `${kept.get(from + index)?.[0] ?? good(`r${from + index}`)}\n`,
      ).join('');
    }
  }
  await pipeline(Readable.from(chunks()), createWriteStream(input));
  const [quarantine, output] = [join(directory, 'q.ndjson'), join(directory, 'out.csv')];
  const { code } = await chiasm(['view', 'run', definition, input, '-o', output, '--quarantine', quarantine]);
  expect(code).toBe(3);
  const refused = readFileSync(quarantine, 'utf8').trim().split('\n');
  expect(refused.map((line) => JSON.parse(line) as object)).toMatchObject(
    chosen.map(([line, [, reason]]) => ({ line, code: reason })),
  );
  const rows = readFileSync(output, 'utf8').trimEnd().split('\n').slice(1);
  expect(rows).toHaveLength(total - chosen.length);
  expect(new Set(rows.map((row) => row.slice(0, row.indexOf(',')))).size).toBe(rows.length);
});

describeWithSharedData('mutated records', () => {
  test('nothing good is lost and nothing bad becomes a value', async () => {
    const lines = readFileSync(sharedData('fhir', 'pathling-ndjson', 'Observation.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const mutation = fc.tuple(
      fc.constantFrom(...lines),
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 999 }),
      fc.nat(255),
    );
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const all = fc
      .sample(fc.noBias(mutation), { numRuns: 20_000, seed })
      .map(([line, kind, at, byte]) => mutate(line, kind, at, byte));
    const directory = temporaryDirectory();
    const [input, definition] = [join(directory, 'in.ndjson'), join(directory, 'v.view.json')];
    writeFileSync(definition, JSON.stringify(view));
    writeFileSync(input, Buffer.concat(all.flatMap((line) => [line, Buffer.from('\n')])));
    const { out } = await chiasm(['view', 'run', definition, input, '-f', 'ndjson']);
    const rows = out
      .toString()
      .trimEnd()
      .split('\n')
      .map((row) => pick(JSON.parse(row) as Record<string, unknown>));
    expect(rows, `seed ${seed}`).toEqual(all.flatMap(expectedRow));
  });
});
