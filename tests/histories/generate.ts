import fc from 'fast-check';
import type {
  ClinicalType,
  Event,
  History,
  HospitalHistory,
  ImageSpec,
  Letter,
  Line,
  Night,
  RecordSpec,
} from './history.ts';

const letter = fc.constantFrom<Letter>('a', 'b', 'c');
const fewLetters = fc.oneof(
  { arbitrary: fc.constant<Letter>('a'), weight: 3 },
  { arbitrary: letter, weight: 2 },
);
const letterOrNone = fc.oneof(
  { arbitrary: fc.constant<''>(''), weight: 2 },
  { arbitrary: letter, weight: 1 },
);
const day = fc.nat(7);
const digit = <N extends number>(...numbers: N[]): fc.Arbitrary<N> => fc.constantFrom(...numbers);
const few = digit<0 | 1 | 2>(0, 1, 1, 2);
const variant = digit<0 | 1 | 2 | 3>(0, 1, 2, 3);

const subject = fc.record({
  way: fc.constantFrom(
    ...(['plain', 'plain', 'plain', 'plain', 'absolute', 'versioned', 'conditional'] as const),
    ...(['conditional', 'logical', 'logical', 'id-name', 'bundle-name', 'bundle-name'] as const),
    ...(['group', 'none'] as const),
  ),
  patient: fewLetters,
  number: digit<1 | 2>(1, 2),
});

const version = {
  id: fewLetters,
  day: fc.oneof({ arbitrary: day, weight: 4 }, { arbitrary: fc.constant(null), weight: 1 }),
  isSubsetted: fc.oneof(
    { arbitrary: fc.constant(false), weight: 9 },
    { arbitrary: fc.constant(true), weight: 1 },
  ),
};

const record: fc.Arbitrary<RecordSpec> = fc.oneof(
  {
    arbitrary: fc.record({
      ...version,
      id: letter,
      type: fc.constant('Patient' as const),
      birth: digit<0 | 1 | 2 | 3>(0, 1, 1, 1, 2, 3),
      sex: digit<0 | 1 | 2>(0, 1, 1, 2),
      number: few,
      link: fc.oneof({ arbitrary: fc.constant<''>(''), weight: 4 }, { arbitrary: letter, weight: 1 }),
    }),
    weight: 3,
  },
  {
    arbitrary: fc.record({
      ...version,
      type: fc.constantFrom<ClinicalType>(
        'Condition',
        'Observation',
        'Encounter',
        'ImagingStudy',
        'MedicationAdministration',
        'ServiceRequest',
      ),
      subject,
      variant,
      other: letterOrNone,
      accession: few,
    }),
    weight: 6,
  },
  {
    arbitrary: fc.record({
      ...version,
      type: fc.constantFrom<'Medication' | 'Practitioner'>('Medication', 'Practitioner'),
      variant,
    }),
    weight: 1,
  },
);

const line: fc.Arbitrary<Line> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('record' as const), record, name: letterOrNone }),
    weight: 9,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      type: fc.constantFrom<RecordSpec['type']>(
        'Patient',
        'Condition',
        'Observation',
        'ImagingStudy',
        'Medication',
        'Practitioner',
        'Encounter',
      ),
      id: fewLetters,
      day: version.day,
    }),
    weight: 2,
  },
  { arbitrary: fc.constant<Line>({ kind: 'broken' }), weight: 1 },
);

const image: fc.Arbitrary<ImageSpec> = fc.record({
  sop: digit<1 | 2 | 3>(1, 1, 2, 3),
  study: digit<1 | 2>(1, 1, 2),
  series: digit<1 | 2>(1, 2),
  number: few,
  issuer: digit<0 | 1 | 2>(0, 1, 1, 2),
  accession: few,
  birth: digit<0 | 1 | 2>(0, 1, 1, 2),
  thickness: digit<1 | 2 | 3>(1, 2, 3),
});

const source = fc.constantFrom<'ehr' | 'lab'>('ehr', 'ehr', 'lab');
const file = digit<0 | 1 | 2>(0, 1, 2);

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      source,
      file,
      form: fc.constantFrom(
        'ndjson' as const,
        'ndjson' as const,
        'bundle' as const,
        'gz' as const,
        'cut-gz' as const,
      ),
      day,
      lines: fc.array(line, { minLength: 1, maxLength: 5 }),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant('vanish' as const), source, file }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('export-again' as const), source, file }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant('image' as const),
      file: letter,
      form: fc.constantFrom('part10' as const, 'json' as const),
      image,
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('remove-image' as const, 'break-image' as const, 'touch-image' as const),
      file: letter,
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ kind: fc.constant('move-image' as const), file: letter, to: letter }), weight: 1 },
);

/** In many nights nothing happens. */
const history = (nights: number): fc.Arbitrary<History> =>
  fc.array(
    fc.oneof(
      { arbitrary: fc.array(event, { minLength: 1, maxLength: 4 }), weight: 2 },
      { arbitrary: fc.constant([]), weight: 2 },
    ),
    { minLength: nights, maxLength: nights },
  );

const night: fc.Arbitrary<Night> = fc.record({
  unreadable: fc.oneof(
    { arbitrary: fc.constant<''>(''), weight: 5 },
    { arbitrary: fc.constantFrom<'ehr' | 'lab' | 'pacs'>('ehr', 'lab', 'pacs'), weight: 1 },
  ),
  // most tables are computed as a whole where one image changed
  only: fc.constantFrom('all' as const, 'records' as const, 'records' as const, 'images' as const),
  change: fc.oneof(
    { arbitrary: fc.constant('none' as const), weight: 4 },
    { arbitrary: fc.constantFrom('view-column' as const, 'mart-sql' as const), weight: 1 },
  ),
});

/** A hospital in which so many histories happen at once, in so many nights. */
export function hospitalHistory(count: number, nights: number): fc.Arbitrary<HospitalHistory> {
  return fc.record({
    profile: fc.constantFrom('research' as const, 'identified' as const),
    // in the last night all sources can be read, so that nothing is left to do
    nights: fc
      .array(night, { minLength: nights, maxLength: nights })
      .map((all) => all.map((each, index) => (index < nights - 1 ? each : { ...each, unreadable: '' }))),
    histories: fc.array(history(nights), { minLength: count, maxLength: count }),
  });
}
