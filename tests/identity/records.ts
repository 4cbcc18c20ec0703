/** Small records of one patient's story; `label` is what a test finds them by in the staging tables. */

export const MRN = 'https://hospital.example/mrn';
export const ACCESSION = 'https://hospital.example/accession';

/** `gender` is the label: it stays readable in every profile. */
export function patient(id: string, label: string, rest: object = {}): object {
  return { resourceType: 'Patient', id, gender: label, ...rest };
}

export function observation(label: string, reference: string, rest: object = {}): object {
  return {
    resourceType: 'Observation',
    id: label,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: label }] },
    subject: { reference },
    effectiveDateTime: '2020-02-03',
    ...rest,
  };
}

/** A DICOM JSON Model object (PS3.18 F); its slice thickness is the label. */
export function instance(label: number, study: string, rest: object = {}): object {
  return {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
    '00080018': { vr: 'UI', Value: [`${study}.9.${label}`] },
    '00080060': { vr: 'CS', Value: ['CT'] },
    '00180050': { vr: 'DS', Value: [String(label)] },
    '0020000D': { vr: 'UI', Value: [study] },
    '0020000E': { vr: 'UI', Value: [`${study}.1`] },
    ...rest,
  };
}

export function patientId(id: string, issuer?: string): object {
  return {
    '00100020': { vr: 'LO', Value: [id] },
    ...(issuer === undefined ? {} : { '00100021': { vr: 'LO', Value: [issuer] } }),
  };
}

export function accession(number: string, issuer?: string): object {
  return {
    '00080050': { vr: 'SH', Value: [number] },
    ...(issuer === undefined
      ? {}
      : { '00080051': { vr: 'SQ', Value: [{ '00400031': { vr: 'UT', Value: [issuer] } }] } }),
  };
}

export function bundle(entries: Readonly<Record<string, object>>): string {
  const entry = Object.entries(entries).map(([fullUrl, resource]) => ({ fullUrl, resource }));
  return JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry });
}

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** Label → patient key, of Patients (by gender), Observations (by code) and DICOM instances (by slice thickness). */
export async function ownersOf(query: Query): Promise<Readonly<Record<string, string>>> {
  const rows = await query(`
    select gender as label, patient_key from staging.patient
    union all select code, patient_key from staging.observation
    union all select slice_thickness_mm::integer::varchar, patient_key from staging.dicom_instance`);
  return Object.fromEntries(rows.map((row) => [String(row['label']), String(row['patient_key'])]));
}
