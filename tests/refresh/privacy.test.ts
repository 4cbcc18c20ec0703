import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { ndjson, refreshOnce, withSnapshot, writeFiles } from '../support/refresh.ts';

const directory = mkdtempSync(join(tmpdir(), 'chiasm-privacy-'));
const sources: readonly Source[] = [
  { name: 'ehr', kind: 'fhir-folder', path: join(directory, 'fhir') },
  {
    name: 'pacs',
    kind: 'dicom-folder',
    path: join(directory, 'dicom'),
    patientIdIssuers: { HOSP: 'urn:mrn' },
  },
];
const subject = (id: string) => ({ subject: { reference: `Patient/${id}` } });
const condition = (id: string, onsetDateTime: string, patient = 'young') => ({
  resourceType: 'Condition',
  id,
  onsetDateTime,
  ...subject(patient),
});
const age = (id: string, patient: string, value: number, code: string, unit: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  ...subject(patient),
  code: { coding: [{ system: 'http://loinc.org', code }] },
  valueQuantity: { value, code: unit, system: 'http://unitsofmeasure.org' },
});
const image = (uid: string, patientId: string, extra: object) => ({
  '00080018': { vr: 'UI', Value: [uid] },
  '00080060': { vr: 'CS', Value: ['CT'] },
  '00100020': { vr: 'LO', Value: [patientId] },
  '00100021': { vr: 'LO', Value: ['HOSP'] },
  '0020000D': { vr: 'UI', Value: [`${uid}.1`] },
  '0020000E': { vr: 'UI', Value: [`${uid}.2`] },
  ...extra,
});
const text = (vr: string, value: string) => ({ vr, Value: [value] });

beforeAll(async () => {
  const patient = (id: string, birthDate: string) => ({
    resourceType: 'Patient',
    id,
    birthDate,
    identifier: [{ system: 'urn:mrn', value: id }],
  });
  writeFiles(directory, {
    'fhir/Patient.ndjson': ndjson(patient('young', '1970-05-05'), patient('old', '1930-02-03')),
    'fhir/Condition.ndjson': ndjson(
      condition('year', '2012'),
      condition('month', '2012-07'),
      condition('day', '2012-07-08'),
      condition('noon', '2012-07-08T12:00:00+02:00'),
      condition('always', '9999-12-31'),
      condition('unknown', '1900-01-01'),
      condition('word', 'infinity'),
      condition('leap', '2012-02-29'),
    ),
    'fhir/Observation.ndjson': ndjson(
      age('years', 'old', 95, '30525-0', 'a'),
      age('young-years', 'young', 54, '30525-0', 'a'),
      age('pulse', 'old', 95, '8867-4', '/min'),
    ),
    'dicom/a.dicom.ndjson': ndjson(
      image('1.2.1', 'old', { '00101010': text('AS', '087Y'), '00080020': text('DA', '20200101') }),
      image('1.2.2', 'young', { '00101010': text('AS', '054Y'), '00080020': text('DA', '2024123') }),
      image('1.2.3', 'young', { '00101010': text('AS', 'inf'), '00080020': text('DA', '2024.01.09') }),
      image('1.2.4', 'young', {
        '00101010': text('AS', '018M'),
        '00080020': text('DA', '20241340'),
        '0008103E': text('LO', 'Thorax^Abdomen w/o contrast Doe, Jane'),
        '00180010': text('LO', 'Given by Dr. Doe'),
      }),
    ),
    'fhir/Specimen.ndjson': ndjson({
      resourceType: 'Specimen',
      id: 'tissue',
      ...subject('young'),
      identifier: [{ value: 'S-17' }],
      accessionIdentifier: { value: 'S-17' },
    }),
  });
  await refreshOnce(directory, sources);
  return () => rmSync(directory, { recursive: true, force: true });
});

const rows = (sql: string) => withSnapshot(directory, (query) => query(sql));

describe('the shift of a person cannot be read off', () => {
  test('a date known to the year or month is told to the year or month', async () => {
    const found = await rows(`
      select onset_precision as p, extract(month from onset_date) as m, extract(day from onset_date) as d
      from staging.condition where onset_precision in ('year', 'month')`);
    expect(found).toHaveLength(2);
    for (const { p, m, d } of found) {
      expect(Number(d)).toBe(1);
      if (p === 'year') expect(Number(m)).toBe(1);
    }
  });

  test('placeholders are no dates', async () => {
    const found = await rows(
      'select count(*)::integer as n, count(onset_date)::integer as dated from staging.condition',
    );
    expect(found).toEqual([{ n: 8, dated: 5 }]);
  });

  test('day, instant and leap day move by the same whole weeks', async () => {
    const [row] = await rows(`
      select max(onset_date) filter (onset_precision = 'time') - max(onset_date) filter (onset_precision = 'day' and extract(month from onset_date + 0) is not null) as same,
        count(distinct (onset_at::date - onset_date)) filter (onset_at is not null) as instants
      from staging.condition where onset_precision in ('day', 'time')`);
    expect(row?.['same']).toBe('0');
  });
});

describe('people of 90 and over', () => {
  test('neither birth date nor any age is told', async () => {
    expect(
      await rows(`
      select count(birth_date)::integer as told, count(*) filter (is_birth_date_withheld)::integer as withheld from staging.patient
    `),
    ).toEqual([{ told: 1, withheld: 1 }]);
    expect(
      await rows(
        'select patient_age as a from staging.dicom_instance where patient_age is not null order by 1',
      ),
    ).toEqual([{ a: 1 }, { a: 54 }]);
    expect(
      await rows(
        `select value_number as v from staging.observation where loinc_code = '30525-0' and value_number is not null`,
      ),
    ).toEqual([{ v: 54 }]);
    expect(
      await rows(`select value_number as v from staging.observation where loinc_code = '8867-4'`),
    ).toEqual([{ v: 95 }]);
  });

  test('a corrected birth date withholds the ages of all the records of the person', async () => {
    writeFiles(directory, {
      'fhir/correction.ndjson': ndjson({
        resourceType: 'Patient',
        id: 'young',
        meta: { lastUpdated: '2099-01-01T00:00:00Z' },
        birthDate: '1929-05-05',
        identifier: [{ system: 'urn:mrn', value: 'young' }],
      }),
    });
    await refreshOnce(directory, sources);
    expect(
      await rows('select patient_age from staging.dicom_instance where patient_age is not null'),
    ).toEqual([]);
  });
});

test('a DICOM date is eight digits, or the old form with dots; anything else is none', async () => {
  const found = await rows(`select count(study_date)::integer as n from staging.dicom_instance`);
  expect(found).toEqual([{ n: 2 }]);
});

test('of a free text about an image the terms of the table are told, and nothing else', async () => {
  expect(
    await rows(`select series_description, series_description_terms as terms, contrast_agent, contrast_agent_terms as agent,
        study_description_terms as none
      from staging.dicom_instance where series_description_terms is not null`),
  ).toEqual([
    {
      series_description: null,
      terms: ['contrast:no', 'phase:native', 'region:chest and abdomen'],
      contrast_agent: null,
      agent: [],
      none: null,
    },
  ]);
});

test('an identifier that a record gives twice makes one row for each time', async () => {
  expect(
    await rows(`select identifier_kind as kind, count(*)::integer as n, count(distinct identifier_key)::integer as keys
      from staging.specimen_identifier group by kind order by kind`),
  ).toEqual([
    { kind: 'accession', n: 1, keys: 1 },
    { kind: 'identifier', n: 1, keys: 1 },
  ]);
});
