import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { hospitalHistory } from './generate.ts';
import { liveThrough } from './hospital.ts';
import { copyPackage } from './package-copy.ts';

/** `HISTORIES=5000 npm run test:long` for more. So many share a hospital, as patients do. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 1000);
const IN_A_HOSPITAL = 25;
const NIGHTS = 4;

/** `FUZZ_SEED` searches elsewhere; a failure prints the seed and path that repeat it. */
test(`${HISTORIES} histories end with the tables of the model`, async () => {
  const directory = temporaryDirectory();
  const program = await copyPackage(directory);
  let hospitals = 0;
  await fc.assert(
    fc.asyncProperty(hospitalHistory(IN_A_HOSPITAL, NIGHTS), async (history) => {
      const place = join(directory, String(hospitals++));
      mkdirSync(place);
      await liveThrough(history, program, place);
      rmSync(place, { recursive: true, force: true });
    }),
    { numRuns: Math.ceil(HISTORIES / IN_A_HOSPITAL), endOnFailure: true },
  );
  expect(hospitals * IN_A_HOSPITAL).toBeGreaterThanOrEqual(HISTORIES);
});
