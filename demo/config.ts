import { join } from 'node:path';
import { stringify } from 'yaml';
import { ISSUER_OF_PATIENT_ID, SYSTEM } from './systems.ts';

/** The text of a `chiasm.yaml` for a demo directory. */
export function demoConfig(directory: string): string {
  return stringify({
    data: join(directory, 'data'),
    sources: [
      { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
      {
        name: 'pacs',
        kind: 'dicom-folder',
        path: join(directory, 'dicom'),
        patientIdIssuers: { [ISSUER_OF_PATIENT_ID]: SYSTEM.mrn },
        accessionSystem: SYSTEM.accession,
      },
    ],
    privacy: { profile: 'research' },
    sql: {},
    memoryLimit: '4GB',
  });
}
