import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../cli/config.ts';
import { readQuarantine } from '../../cli/inspect.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { fhirBulkSource } from '../../etl/source/bulk-config.ts';
import { BulkServer } from '../support/bulk-server.ts';
import { TestClock } from '../support/bulk-server-clock.ts';
import { refreshOnce } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('a line that an export brought is in quarantine until the record comes in good order, or in a whole export', async () => {
  const directory = temporaryDirectory();
  const clock = new TestClock(Date.now() - 86_400_000);
  const server = await BulkServer.start({ flavour: 'stu2', clock, polls: 0 });
  onTestFinished(() => server.stop());
  const source = fhirBulkSource.parse({
    name: 'hospital',
    kind: 'fhir-bulk',
    url: server.url,
    level: { kind: 'system' },
    overlapSeconds: 1,
  });
  const sources: readonly Source[] = [{ ...source, baseUrl: server.url }];
  const config = parseConfig(
    `data: data\nsources: [{ name: hospital, kind: fhir-folder, path: x }]`,
    join(directory, 'chiasm.yaml'),
  );
  const codes = async (): Promise<readonly unknown[]> =>
    (await readQuarantine(config)).map((each) => each.code).sort();

  server.store.put('Patient', 'p1', { gender: 1 });
  server.store.put('Patient', 'p2', { gender: 1 });
  server.store.put('Patient', 'p3');
  // a line that nobody can read
  server.alterFiles = (files) =>
    files.map((file) => ({ ...file, lines: file.lines.map((line) => line.replace('"p3"', '"p3')) }));
  await clock.advance(3_600_000);
  await refreshOnce(directory, sources);
  expect(await codes()).toEqual(['invalid-json', 'shape-mismatch', 'shape-mismatch']);

  server.alterFiles = (files) => files;
  server.store.put('Patient', 'p1', { gender: 'female' });
  server.store.remove('Patient', 'p2');
  await clock.advance(3_600_000);
  await refreshOnce(directory, sources);
  expect(await codes()).toEqual(['invalid-json']);

  await clock.advance(3_600_000);
  expect(await refreshOnce(directory, sources)).toMatchObject({ status: 'unchanged' });
  expect(await refreshOnce(directory, sources, { fullExport: true })).toMatchObject({ recordsNew: 1 });
  expect(await codes()).toEqual([]);
});
