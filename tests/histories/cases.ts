import type {
  ClinicalSpec,
  Event,
  History,
  HospitalHistory,
  ImageSpec,
  Line,
  RecordSpec,
} from './history.ts';

/** Histories that once ended with wrong tables, each with what was wrong. They all happen in one hospital. */
export const CASES: Readonly<Record<string, History>> = {
  'a study keeps its owner while only others change': [
    [records(patient('a', { number: 1 }), patient('b')), image('a', { number: 1 })],
    [],
    [records(patient('b', { sex: 2, day: 2 }))],
  ],
  'a study with the identifiers of two people stays in conflict while only others change': [
    [
      records(patient('a', { number: 1 }), patient('b', { number: 2 })),
      image('a', { number: 1 }),
      image('b', { number: 2, sop: 2 }),
    ],
    [],
    [records(patient('c', { day: 2 }))],
  ],
  'an identifier goes, and with it the meaning of references by it': [
    [
      records(
        patient('a', { number: 1 }),
        clinical('Condition', 'a', { way: 'conditional' }),
        clinical('Condition', 'b', { way: 'logical' }),
      ),
    ],
    [],
    [records(patient('a', { number: 0, day: 2 }))],
  ],
  'a practitioner goes, and with it the meaning of references by identifier': [
    [
      records({ ...version('a'), type: 'Practitioner', variant: 1 }),
      records(patient('a'), clinical('Encounter', 'a', { accession: 1 })),
    ],
    [],
    [{ ...write(1), lines: [{ kind: 'delete', type: 'Practitioner', id: 'a', day: 5 }] }],
  ],
  'a record is exported again in the night in which its person becomes another': [
    [records(patient('a'), patient('b'), clinical('Condition', 'a', { patient: 'b' }))],
    [],
    [
      { ...write(1), lines: [line(clinical('Condition', 'a', { patient: 'b' }))] },
      { ...write(2), lines: [line(patient('b', { link: 'a', day: 2 }))] },
    ],
  ],
  'a Bundle names somebody else by a name that is in use': [
    [
      bundle(0, [patient('a'), 'a']),
      bundle(1, [patient('b'), ''], [clinical('Condition', 'a', { way: 'bundle-name' }), '']),
    ],
    [],
    [bundle(2, [patient('c'), 'a'])],
  ],
  "an encounter gives another patient's condition as its reason": [
    [records(patient('a'), patient('b'), clinical('Condition', 'b', { patient: 'b' }))],
    [records(clinical('Encounter', 'a', { other: 'b' }))],
    [{ ...write(1), lines: [line(clinical('Condition', 'b', { patient: 'b', variant: 2, day: 2 }))] }],
  ],
  'a record without a study UID lists a series of somebody else': [
    [
      records(
        patient('a', { number: 1 }),
        patient('b'),
        clinical('ImagingStudy', 'a', { variant: 0, patient: 'b' }),
      ),
      image('a', { number: 1, study: 1, series: 1 }),
    ],
    [],
    [{ ...write(1), lines: [line(patient('b', { sex: 2, day: 2 }))] }],
  ],
};

/** The hospital in which they happen: in its last night no image comes. */
export const CASE_NIGHTS: HospitalHistory['nights'] = [
  { unreadable: '', only: 'all', change: 'none' },
  { unreadable: 'lab', only: 'all', change: 'view-column' },
  { unreadable: '', only: 'records', change: 'none' },
];

type Letter = RecordSpec['id'];

function version(id: Letter, day = 1): Pick<RecordSpec, 'id' | 'day' | 'isSubsetted'> {
  return { id, day, isSubsetted: false };
}

function patient(
  id: Letter,
  of: { number?: 0 | 1 | 2; sex?: 0 | 1 | 2; link?: Letter; day?: number } = {},
): RecordSpec {
  const { number = 0, sex = 1, link = '', day } = of;
  return { ...version(id, day), type: 'Patient', birth: 1, sex, number, link };
}

function clinical(
  type: ClinicalSpec['type'],
  id: Letter,
  of: {
    way?: ClinicalSpec['subject']['way'];
    patient?: Letter;
    variant?: ClinicalSpec['variant'];
    other?: Letter;
    accession?: 0 | 1 | 2;
    day?: number;
  } = {},
): RecordSpec {
  const { way = 'plain', patient: whose = 'a', variant = 0, other = '', accession = 0, day } = of;
  const subject = { way, patient: whose, number: 1 } as const;
  return { ...version(id, day), type, subject, variant, other, accession };
}

function line(record: RecordSpec): Line {
  return { kind: 'record', record, name: '' };
}

function write(file: 0 | 1 | 2): Event & { readonly kind: 'write' } {
  return { kind: 'write', source: 'ehr', file, form: 'ndjson', day: 1, lines: [] };
}

/** A file of its own for each first record. */
function records(...all: readonly RecordSpec[]): Event {
  const file = all[0]?.type === 'Patient' ? (all[0].day === 1 ? 0 : 2) : 1;
  return { ...write(file), lines: all.map(line) };
}

function bundle(file: 0 | 1 | 2, ...entries: readonly (readonly [RecordSpec, Letter | ''])[]): Event {
  const lines = entries.map(([record, name]): Line => ({ kind: 'record', record, name }));
  return { ...write(file), form: 'bundle', lines };
}

function image(file: Letter, of: Partial<ImageSpec>): Event {
  const plain = {
    sop: 1,
    study: 1,
    series: 1,
    number: 0,
    issuer: 1,
    accession: 0,
    birth: 0,
    thickness: 1,
  } as const;
  return { kind: 'image', file, form: 'part10', image: { ...plain, ...of } };
}
