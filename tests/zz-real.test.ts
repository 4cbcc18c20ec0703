import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { refreshOnce, withSnapshot } from './support/refresh.ts';
import { sharedData } from './support/shared-data.ts';

test('real', async () => {
  const home = mkdtempSync(join(tmpdir(), 'zz-'));
  mkdirSync(join(home, 'stu2'));
  cpSync(
    sharedData('mcode', 'coverage-checker-bundles', 'fullBundle.json'),
    join(home, 'stu2', 'fullBundle.json'),
  );
  const t0 = Date.now();
  await refreshOnce(
    home,
    [
      { kind: 'fhir-folder', name: 'synthea', path: sharedData('fhir', 'synthea-cancer-ndjson') },
      { kind: 'fhir-folder', name: 'bundles', path: sharedData('fhir', 'synthea-cancer-bundles') },
      { kind: 'fhir-folder', name: 'stu1', path: sharedData('mcode', 'stu1-ig-examples') },
      { kind: 'fhir-folder', name: 'stu2', path: join(home, 'stu2') },
      { kind: 'fhir-folder', name: 'uscore', path: sharedData('fhir', 'us-core-examples') },
    ],
    { profile: 'identified' },
  );
  console.log('refreshed', Date.now() - t0, home);
  await withSnapshot(home, async (query) => {
    for (const q of (process.env['Q'] ?? '').split(';').filter(Boolean)) {
      console.log(q);
      console.table(await query(q));
    }
  });
}, 300000);
