import { describe, expect, test } from 'vitest';
import { ChiasmError } from '../../base/error.ts';
import { parseConfig } from '../../cli/config.ts';

const sources = 'sources:\n  - { name: ehr, kind: fhir-folder, path: fhir }\n';
const failure = (text: string): string => {
  try {
    parseConfig(text, '/etc/chiasm.yaml');
  } catch (error) {
    if (error instanceof ChiasmError && error.code === 'config-invalid') return error.message;
    throw error;
  }
  return 'no error';
};

describe('a mistake is named with its line', () => {
  test.each([
    ['sources: [\n', /line \d+: /],
    ['', /line 1 \(sources\)/],
    [`${sources}privacy:\n  profile: open\n`, /line 4 \(privacy\.profile\)/],
    [`${sources}serve:\n  port: 99999\n`, /line 4 \(serve\.port\)/],
    [`${sources}nonsense: 1\n`, /line 3 \(nonsense\)/],
    [`${sources}  - { name: ehr, kind: dicom-folder, path: d }\n`, /line 2 \(sources\): names must differ/],
    ['sources:\n  - { name: EHR!, kind: fhir-folder, path: fhir }\n', /line 2 \(sources\.0\.name\)/],
    ['sources:\n  - name: ehr\n    kind: carrier-pigeon\n    path: x\n', /line 3 \(sources\.0\.kind\)/],
    [`${sources}rules:\n  treatmentGapDays: 0\n`, /line 4 \(rules\.treatmentGapDays\)/],
    [`${sources}rules:\n  gapDays: 90\n`, /line 4 \(rules\.gapDays\)/],
    [`${sources}snapshots:\n  keep: 2\n  grace: soon\n`, /line 5 \(snapshots\.grace\)/],
  ])('%j', (text, message) => {
    expect(failure(text)).toMatch(message);
  });
});

test('defaults: research, three snapshots, a day of grace, loopback; paths are relative to the file', () => {
  const config = parseConfig(sources, '/etc/chiasm/chiasm.yaml');
  expect(config).toMatchObject({
    profile: 'research',
    retention: { keep: 3, graceMs: 86_400_000 },
    serve: { host: '127.0.0.1', port: 4000, secretFile: '/etc/chiasm/chiasm-data/vault/token-secret' },
    directories: {
      warehouse: '/etc/chiasm/chiasm-data/warehouse',
      keyFile: '/etc/chiasm/chiasm-data/vault/key',
    },
    sources: [{ name: 'ehr', kind: 'fhir-folder', path: '/etc/chiasm/fhir' }],
  });
});
