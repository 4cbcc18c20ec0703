import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { demoConfig } from '../../demo/config.ts';

it('names both folders and the systems that join them', () => {
  expect(parse(demoConfig('/srv/a b'))).toEqual({
    data: '/srv/a b/data',
    sources: [
      { name: 'ehr', kind: 'fhir-folder', path: '/srv/a b/fhir' },
      {
        name: 'pacs',
        kind: 'dicom-folder',
        path: '/srv/a b/dicom',
        patientIdIssuers: { 'CHIASM-DEMO': 'https://demo.chiasm.example/mrn' },
        accessionSystem: 'https://demo.chiasm.example/accession',
      },
    ],
    privacy: { profile: 'research' },
    sql: {},
    memoryLimit: '4GB',
  });
});
