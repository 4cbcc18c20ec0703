// One night of the bulk source in a process of its own, so that it can be killed: node bulk-server-child.mjs JSON
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { LandingRun } from '../../dist/etl/landing/landing-run.js';
import { fhirBulkSource } from '../../dist/etl/source/bulk-config.js';
import { landFhirBulk } from '../../dist/etl/source/bulk-land.js';

const { directory, run, source } = JSON.parse(process.argv[2]);
const landing = await LandingRun.start(join(directory, 'landing'), 'hospital', run, new Date().toISOString());
const landed = await landFhirBulk(fhirBulkSource.parse(source), {
  landing,
  statePath: join(directory, 'state', 'hospital.json'),
  downloads: join(directory, 'downloads'),
  isCommitted: (id) =>
    access(join(directory, 'landing', 'hospital', id, 'manifest.json')).then(
      () => true,
      () => false,
    ),
  signal: new AbortController().signal,
  onProgress: () => {},
});
if (landing.isEmpty) await landing.abandon();
else await landing.commit({ kind: 'fhir-bulk' });
await landed.confirm();
