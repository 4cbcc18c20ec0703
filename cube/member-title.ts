/** Words of column names that people write in another way. */
const SPELLING: Readonly<Record<string, string>> = {
  ctdi: 'CTDI',
  dicom: 'DICOM',
  fhir: 'FHIR',
  hgnc: 'HGNC',
  hgvs: 'HGVS',
  id: 'ID',
  loinc: 'LOINC',
  m: 'M',
  mrn: 'MRN',
  n: 'N',
  sop: 'SOP',
  t: 'T',
  ucum: 'UCUM',
  uid: 'UID',
  zip3: 'ZIP3',
};

/** How a column name spells the unit at its end. */
const UNIT_WORDS: Readonly<Record<string, string>> = {
  Gy: 'gy',
  T: 't',
  kV: 'kv',
  mGy: 'mgy',
  pixels: 'px',
  s: 'seconds',
  µm: 'um',
};

/** `slice_thickness_mm` in mm is `Slice thickness (mm)`; a unit that the name tells already is not repeated. */
export function memberTitle(name: string, unit: string | undefined): string {
  const words = name.split('_');
  const unitWord = unit === undefined ? undefined : (UNIT_WORDS[unit] ?? unit);
  const isLast = unitWord !== undefined && words.at(-1) === unitWord && words.length > 1;
  const isTold = unitWord === undefined || unitWord === '1' || words.includes(unitWord);
  const spelled = (isLast ? words.slice(0, -1) : words).map((word) => SPELLING[word] ?? word).join(' ');
  const suffix = isLast || !isTold ? ` (${unit})` : '';
  return `${spelled.charAt(0).toUpperCase()}${spelled.slice(1)}${suffix}`;
}
