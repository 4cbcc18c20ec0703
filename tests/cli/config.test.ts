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
    [`${sources}schedule:\n  cron: "61 2 * * *"\n`, /line 4 \(schedule\.cron\.0\): .*minute: 61/],
    [`${sources}schedule:\n  cron:\n    - 1 2 * * *\n    - 0 1 2 * * *\n`, /line 6 .*five fields/],
    [`${sources}schedule:\n  cron: 2026-10-01T00:00:00\n`, /line 4 .*five fields/],
    [`${sources}schedule: { cron: 0 0 30 2 * }\n`, /line 3 .*never comes/],
    [`${sources}schedule:\n  cron: "@nightly"\n`, /line 4 .*no cron expression/],
    [`${sources}schedule:\n  cron: "@daily"\n  timeZone: Europe/Nowhere\n`, /line 5 .*no such time zone/],
    [`${sources}webhook:\n  url: http://alerts.example/x\n`, /line 4 \(webhook\.url\): write https/],
    [`${sources}webhook:\n  url: https://me:word@alerts.example/x\n`, /line 4 .*without name and password/],
    [`${sources}webhook:\n  url: http://[::1]:8/\n  on: [publish]\n`, /line 5 \(webhook\.on\.0\)/],
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
