import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { hospitalHistory } from './generate.ts';
import { liveThrough } from './hospital.ts';
import { copyPackage } from './package-copy.ts';

const HISTORIES = Number(process.env['HISTORIES'] ?? 10);

test('a hospital', async () => {
  const directory = temporaryDirectory();
  const program = await copyPackage(directory);
  let count = 0;
  await fc.assert(
    fc.asyncProperty(hospitalHistory(HISTORIES), async (history) => {
      const place = join(directory, String(count++));
      mkdirSync(place);
      await liveThrough(history, program, place);
    }),
    { numRuns: Number(process.env['RUNS'] ?? 1), endOnFailure: process.env['SHRINK'] === undefined },
  );
  expect(count).toBeGreaterThan(0);
}, 3_000_000);
