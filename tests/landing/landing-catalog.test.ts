import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listLandingRuns, sweepPartialRuns } from '../../etl/landing/landing-catalog.ts';
import { checkRunContent } from '../../etl/landing/landing-check.ts';
import type { LandingManifest } from '../../etl/landing/landing-format.ts';
import { LandingRun } from '../../etl/landing/landing-run.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const NOW = '2024-01-01T00:00:00.000Z';

async function land(landing: string, run: string): Promise<LandingManifest> {
  const landed = await LandingRun.start(landing, 'ehr', run, NOW);
  const origin = { path: 'a.ndjson', sha256: 'x' };
  await landed.addRecord(
    {
      type: 'Patient',
      id: '1',
      lastUpdated: undefined,
      isSubsetted: false,
      isOwn: false,
      subject: { kind: 'self' },
      facts: [{ kind: 'sex', system: undefined, value: 'male' }],
    },
    Buffer.from('{"resourceType":"Patient","id":"1"}'),
    NOW,
    { path: origin.path, line: 1, element: '' },
  );
  const rejection = { code: 'invalid-json', line: 2, offset: 9, length: 1, element: undefined } as const;
  await landed.reject(rejection, origin, Buffer.from('{'));
  return landed.commit({});
}

test('every file of a run is described in its manifest, and none may be missing or cut short', async () => {
  const landing = temporaryDirectory();
  const manifest = await land(landing, '1Z');
  await land(landing, '2Z');
  expect(Object.keys(manifest.tables).sort()).toEqual([
    'aliases.parquet',
    'facts.parquet',
    'index.parquet',
    'origins.parquet',
    'rejected.0.bin.zst',
    'rejected.parquet',
  ]);
  expect((await listLandingRuns(landing)).map(({ run }) => run)).toEqual(['1Z', '2Z']);
  for (const name of [...Object.keys(manifest.tables), 'Patient.0.ndjson.zst', 'manifest.json']) {
    const path = join(landing, 'ehr', '2Z', name);
    const bytes = readFileSync(path);
    const error = { code: 'landing-damaged', params: { source: 'ehr', run: '2Z', file: name } };
    truncateSync(path, bytes.length - 1 - (name === 'manifest.json' ? 1 : 0));
    await expect(listLandingRuns(landing)).rejects.toMatchObject(error);
    rmSync(path);
    await expect(listLandingRuns(landing)).rejects.toMatchObject(error);
    if (name !== 'manifest.json') {
      const changed = Buffer.from(bytes);
      changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(path, changed);
      const [, run] = await listLandingRuns(landing);
      await expect(checkRunContent(landing, run as LandingManifest)).rejects.toMatchObject(error);
    }
    writeFileSync(path, bytes);
  }
  for (const run of await listLandingRuns(landing)) await checkRunContent(landing, run);
  rmSync(join(landing, 'ehr', '2Z', 'index.parquet'));
  expect(await listLandingRuns(landing, ['pacs'])).toEqual([]);
});

test('what lies about in landing is none of its runs', async () => {
  const landing = temporaryDirectory();
  await land(landing, '1Z');
  writeFileSync(join(landing, 'README'), 'do not touch');
  writeFileSync(join(landing, 'ehr', '.DS_Store'), '');
  mkdirSync(join(landing, 'ehr', '2Z.partial', 'spill'), { recursive: true });
  expect((await listLandingRuns(landing)).map(({ run }) => run)).toEqual(['1Z']);
  await sweepPartialRuns(landing);
  expect(readFileSync(join(landing, 'README'), 'utf8')).toBe('do not touch');
});
