import type { ClinicalSpec, Event, History, Letter, Line, RecordSpec } from './history.ts';

/**
 * People to whom nothing happens after the first night, so that in most nights only a few have changed and only their
 * rows are computed again.
 */
export const QUIET: readonly History[] = Array.from({ length: 60 }, (_, index) => [firstNight(index)]);

function firstNight(index: number): readonly Event[] {
  const letters: readonly Letter[] = ['a', 'b', 'c'];
  const version = { day: 0, isSubsetted: false } as const;
  const patients = letters.map((id, position): RecordSpec => {
    const sex = position === 1 ? 1 : 2;
    return { ...version, id, type: 'Patient', birth: 1, sex, number: position === 0 ? 1 : 0, link: '' };
  });
  const clinical = (
    type: ClinicalSpec['type'],
    id: Letter,
    variant: ClinicalSpec['variant'],
  ): RecordSpec => ({
    ...version,
    id,
    type,
    subject: { way: 'plain', patient: id, number: 1 },
    variant,
    other: type === 'Condition' ? '' : id,
    accession: 0,
  });
  const records: readonly RecordSpec[] = [
    ...patients,
    clinical('Condition', 'a', 0),
    clinical('Condition', 'b', 1),
    clinical('Observation', 'a', 2),
    clinical('Observation', 'c', 0),
    clinical('Encounter', 'b', 1),
    clinical('MedicationAdministration', 'a', 0),
    clinical('ImagingStudy', 'c', 1),
  ];
  const lines = records.map((record): Line => ({ kind: 'record', record, name: '' }));
  const image = { sop: 1, study: 1, series: 1, issuer: 1, accession: 0, birth: 0, thickness: 1 } as const;
  return [
    { kind: 'write', source: 'ehr', file: 0, form: 'ndjson', day: 0, lines },
    // of every third nobody knows whose it is; few are told to be of two people, who then count as changed every night
    {
      kind: 'image',
      file: 'a',
      form: 'json',
      image: { ...image, study: index % 3 === 0 ? 2 : 1, number: index % 20 === 1 ? 1 : 0 },
    },
  ];
}
