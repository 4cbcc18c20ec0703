import type { QuestionRow } from '../../demo/summary.ts';
import { type FhirSet, type Json, newest } from './read-demo.ts';

interface Tumor {
  readonly patient: string;
  readonly diagnosis: string;
}

type Header = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>;

const LUNG = /^(254626006|254634000|254632001|C34.*)$/;
const DAY = 86_400_000;

/**
 * The README's question answered from the generated FHIR and DICOM headers alone, without the generator's model:
 * lung cancer III or IV, chest CT of 2.5 mm or less within 60 days before, by first treatment.
 */
export function answerFromRecords(
  fhir: FhirSet,
  headers: readonly Header[],
): Readonly<Record<string, QuestionRow>> {
  const tumors = lungTumors(fhir);
  const stages = stageGroups(fhir);
  const scans = thinChestScans(fhir, headers);
  const rows: Record<string, { patients: number; atRiskOneYear: number; aliveAtOneYear: number }> = {};
  const deaths = new Map(newest(fhir, 'Patient').map((one) => [one['id'], one['deceasedDateTime']]));
  for (const { patient, diagnosis } of tumors) {
    if (!/^(III|IV)/.test(stages.get(patient) ?? '')) continue;
    const near = (scans.get(patient) ?? []).some((day) => {
      const before = (Date.parse(diagnosis) - Date.parse(day)) / DAY;
      return before >= 0 && before <= 60;
    });
    if (!near) continue;
    const key = firstTreatment(fhir, patient, diagnosis);
    rows[key] ??= { patients: 0, atRiskOneYear: 0, aliveAtOneYear: 0 };
    const row = rows[key];
    const days = (date: unknown): number =>
      (Date.parse(String(date).slice(0, 10)) - Date.parse(diagnosis)) / DAY;
    const death = deaths.get(patient);
    const survived = death === undefined ? Number.POSITIVE_INFINITY : days(death);
    const followed = days(lastEncounter(fhir, patient));
    row.patients += 1;
    if (survived <= 365 || followed >= 365) row.atRiskOneYear += 1;
    if (survived > 365 && followed >= 365) row.aliveAtOneYear += 1;
  }
  return rows;
}

/** Confirmed lung cancers with the day on which the tissue was taken that a report calls lung cancer. */
function lungTumors(fhir: FhirSet): readonly Tumor[] {
  const confirmed = new Set(
    newest(fhir, 'Condition')
      .filter((one) => codes(one['verificationStatus']).includes('confirmed'))
      .filter((one) => codes(one['code']).some((code) => LUNG.test(code)))
      .map(subject),
  );
  const taken = new Map(
    newest(fhir, 'Specimen').map((one) => [
      `Specimen/${one['id']}`,
      String((one['collection'] as Json)['collectedDateTime']).slice(0, 10),
    ]),
  );
  return newest(fhir, 'DiagnosticReport').flatMap((report) => {
    const [conclusion] = (report['conclusionCode'] ?? []) as readonly Json[];
    if (!codes(conclusion).some((code) => LUNG.test(code)) || !confirmed.has(subject(report))) return [];
    const [specimen] = report['specimen'] as readonly Json[];
    return [{ patient: subject(report), diagnosis: taken.get(String(specimen?.['reference'])) ?? '' }];
  });
}

function stageGroups(fhir: FhirSet): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const observation of newest(fhir, 'Observation')) {
    if (!codes(observation['code']).includes('399537006')) continue;
    const [group] = codes(observation['valueCodeableConcept']);
    if (group !== undefined) groups.set(subject(observation), group);
  }
  return groups;
}

/** Study dates by patient, of studies joined by issuer + id, else by accession, else by study UID. */
function thinChestScans(fhir: FhirSet, headers: readonly Header[]): ReadonlyMap<string, readonly string[]> {
  const byMrn = identifiers(newest(fhir, 'Patient'), 'https://demo.chiasm.example/mrn', survivingId);
  const byAccession = identifiers(
    newest(fhir, 'ServiceRequest'),
    'https://demo.chiasm.example/accession',
    subject,
  );
  const byUid = identifiers(newest(fhir, 'ImagingStudy'), 'urn:dicom:uid', subject);
  const scans = new Map<string, string[]>();
  for (const header of headers) {
    const text = (tag: string): string => String(header[tag]?.Value?.[0] ?? '');
    if (text('00080060') !== 'CT' || text('00180015') !== 'CHEST') continue;
    if (text('00180050') === '' || Number(text('00180050')) > 2.5) continue;
    const patient =
      (text('00100021') === 'CHIASM-DEMO' ? byMrn.get(text('00100020')) : undefined) ??
      byAccession.get(text('00080050')) ??
      byUid.get(`urn:oid:${text('0020000D')}`);
    if (patient === undefined) continue;
    const date = text('00080020');
    const days = scans.get(patient) ?? [];
    days.push(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`);
    scans.set(patient, days);
  }
  return scans;
}

const AGENT_CLASSES: Readonly<Record<string, RegExp>> = {
  chemotherapy: /platin|taxel|etoposide|pemetrexed/,
  immunotherapy: /lizumab|lumab|limumab/,
  'targeted therapy': /tinib/,
};

function firstTreatment(fhir: FhirSet, patient: string, diagnosis: string): string {
  const events: { date: string; key: string }[] = [];
  for (const procedure of newest(fhir, 'Procedure')) {
    if (subject(procedure) !== patient) continue;
    const start = (procedure['performedPeriod'] as Json | undefined)?.['start'];
    if (start === undefined) continue;
    events.push({
      date: String(start),
      key: codes(procedure['code']).includes('1217123003') ? 'radiotherapy' : 'surgery',
    });
  }
  const medications = new Map(
    newest(fhir, 'Medication').map((one) => [`Medication/${one['id']}`, one['code']]),
  );
  for (const request of newest(fhir, 'MedicationRequest')) {
    if (subject(request) !== patient) continue;
    const reference = (request['medicationReference'] as Json | undefined)?.['reference'];
    const name = String(
      ((request['medicationCodeableConcept'] ?? medications.get(String(reference))) as Json)['text'],
    );
    const key = Object.keys(AGENT_CLASSES).find((one) => AGENT_CLASSES[one]?.test(name));
    events.push({ date: String(request['authoredOn']), key: key ?? name });
  }
  const [first] = events
    .filter(({ date }) => date.slice(0, 10) >= diagnosis)
    .sort((one, other) => (one.date.slice(0, 10) < other.date.slice(0, 10) ? -1 : 1));
  return first?.key ?? 'none';
}

function lastEncounter(fhir: FhirSet, patient: string): string | undefined {
  return newest(fhir, 'Encounter')
    .filter((encounter) => subject(encounter) === patient)
    .map((encounter) => String((encounter['period'] as Json)['start']))
    .sort()
    .at(-1);
}

/** The record that replaced a Patient record, or the record itself. */
function survivingId(patient: Json): string {
  const link = ((patient['link'] ?? []) as readonly Json[]).find((one) => one['type'] === 'replaced-by');
  const other = (link?.['other'] as Json | undefined)?.['reference'] ?? `Patient/${patient['id']}`;
  return String(other).replace('Patient/', '');
}

function codes(concept: unknown): readonly string[] {
  const coding = ((concept as Json | undefined)?.['coding'] ?? []) as readonly Json[];
  return coding.map((one) => String(one['code']));
}

function subject(resource: Json): string {
  return String((resource['subject'] as Json)['reference']).replace('Patient/', '');
}

function identifiers(
  resources: readonly Json[],
  system: string,
  person: (resource: Json) => string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const resource of resources) {
    for (const identifier of (resource['identifier'] ?? []) as readonly Json[]) {
      if (identifier['system'] === system) found.set(String(identifier['value']), person(resource));
    }
  }
  return found;
}
