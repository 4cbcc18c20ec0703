import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listLandingRuns } from '../../etl/landing/landing-catalog.ts';
import { LandingRun } from '../../etl/landing/landing-run.ts';
import { foldOrigins } from '../../etl/landing/origin-fold.ts';
import { openKnownOrigins } from '../../etl/refresh/known-origins.ts';
import { currentRejectionsSql } from '../../etl/refresh/quarantine.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const NOW = '2024-01-01T00:00:00.000Z';

/** What a run says of one file. */
const word = fc.record({
  path: fc.constantFrom('a', 'b', 'c'),
  status: fc.constantFrom('read', 'touched', 'ignored', 'removed'),
  records: fc.integer({ min: 0, max: 1 }),
  rejected: fc.integer({ min: 0, max: 1 }),
  mtimeMs: fc.integer({ min: 0, max: 9 }),
});
const night = fc.uniqueArray(word, { selector: ({ path }) => path, maxLength: 3 });

test('what is known of source files and refused in them is the same whether runs are folded or read one by one', async () => {
  const connection = await (await openDuckDB()).connect();
  await fc.assert(
    fc.asyncProperty(fc.array(night, { minLength: 2, maxLength: 7 }), async (nights) => {
      const directory = temporaryDirectory();
      const [landing, folds, none] = ['landing', 'folds', 'none'].map((name) => join(directory, name)) as [
        string,
        string,
        string,
      ];
      for (const [index, words] of nights.entries()) {
        const run = await LandingRun.start(landing, 'ehr', `${index}Z`, NOW);
        for (const { path, status, records, rejected, mtimeMs } of words) {
          const isRead = status === 'read';
          const origin = { path, size: 1, mtimeMs, sha256: `${index}`, status } as const;
          run.addOrigin({ ...origin, records: isRead ? records : 0, rejected: isRead ? rejected : 0 });
          if (!isRead || rejected === 0) continue;
          const rejection = {
            code: 'invalid-json',
            line: 1,
            offset: 0,
            length: 1,
            element: undefined,
          } as const;
          await run.reject(rejection, origin, Buffer.from('{'));
        }
        await run.commit({});
        const runs = await listLandingRuns(landing);
        await foldOrigins(connection, landing, folds, runs, 2);
        if (index > 0) expect(readdirSync(folds)).toHaveLength(2);
        const known = async (from: string): Promise<unknown> =>
          (await openKnownOrigins(connection, landing, from, runs)).all();
        const refused = (from: string): Promise<unknown> =>
          queryJson(connection, `from (${currentRejectionsSql(landing, from, runs)}) order by all`);
        expect(await known(folds)).toEqual(await known(none));
        expect(await refused(folds)).toEqual(await refused(none));
      }
    }),
    { numRuns: 6 },
  );
});

test('a fold that is damaged, or stands on a run that is gone, counts for nothing', async () => {
  const connection = await (await openDuckDB()).connect();
  const directory = temporaryDirectory();
  const [landing, folds] = [join(directory, 'landing'), join(directory, 'folds')];
  for (const name of ['1Z', '2Z']) {
    const run = await LandingRun.start(landing, 'ehr', name, NOW);
    const origin = {
      path: name,
      size: 1,
      mtimeMs: 1,
      sha256: name,
      status: 'read',
      records: 1,
      rejected: 0,
    } as const;
    run.addOrigin(origin);
    await run.commit({});
  }
  const known = async (): Promise<readonly string[]> => {
    const runs = await listLandingRuns(landing);
    return [...(await (await openKnownOrigins(connection, landing, folds, runs)).all()).keys()].sort();
  };
  await foldOrigins(connection, landing, folds, await listLandingRuns(landing), 2);
  const fold = join(folds, 'ehr.2Z.parquet');
  const bytes = readFileSync(fold);
  writeFileSync(fold, bytes.fill(0, 4, 40));
  expect(await known()).toEqual(['1Z', '2Z']);
  // the fold that could not be read is not tried again
  expect(() => readdirSync(folds)).toThrow('ENOENT');
  await foldOrigins(connection, landing, folds, await listLandingRuns(landing), 2);
  rmSync(join(landing, 'ehr', '1Z'), { recursive: true });
  expect(await known()).toEqual(['2Z']);
});
