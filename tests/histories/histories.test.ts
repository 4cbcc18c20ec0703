import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { CASE_NIGHTS, CASES } from './cases.ts';
import { hospitalHistory } from './generate.ts';
import { liveThrough } from './hospital.ts';
import { copyPackage } from './package-copy.ts';

const SAMPLE = 10;

test(`${SAMPLE} histories, and those that once ended wrong, end with the tables of the model`, async () => {
  const directory = temporaryDirectory();
  const program = await copyPackage(directory);
  const sample = hospitalHistory(SAMPLE, CASE_NIGHTS.length);
  await fc.assert(
    fc.asyncProperty(sample, async ({ profile, histories }) => {
      const all = [...Object.values(CASES), ...histories];
      const seen = await liveThrough({ profile, nights: CASE_NIGHTS, histories: all }, program, directory);
      expect(seen.records).toBeGreaterThan(50);
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
