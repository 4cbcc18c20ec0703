interface Column {
  readonly name: string;
  readonly path: string;
  readonly tag?: readonly { readonly name: string; readonly value: string }[];
}

export interface BenchView {
  readonly resourceType: 'ViewDefinition';
  readonly name: string;
  readonly status: 'active';
  readonly resource: string;
  readonly select: readonly { readonly forEach?: string; readonly column: readonly Column[] }[];
}

const DOUBLE = [{ name: 'ansi/type', value: 'DOUBLE' }] as const;

function view(resource: string, name: string, column: readonly Column[], forEach?: string): BenchView {
  const select = [{ ...(forEach === undefined ? {} : { forEach }), column }];
  return { resourceType: 'ViewDefinition', name, status: 'active', resource, select };
}

function columns(paths: Readonly<Record<string, string>>): readonly Column[] {
  return Object.entries(paths).map(([name, path]) => ({ name, path }));
}

/** 18 columns; `value_number` as DOUBLE or, with `isExact`, as the decimal is written. */
export function wideView(isExact: boolean): BenchView {
  const wide = columns({
    id: 'getResourceKey()',
    last_updated: 'meta.lastUpdated',
    status: 'status',
    patient_key: 'subject.getReferenceKey(Patient)',
    encounter_key: 'encounter.getReferenceKey(Encounter)',
    category_code: 'category.coding.first().code',
    loinc_code: "code.coding.where(system = 'http://loinc.org').first().code",
    loinc_display: "code.coding.where(system = 'http://loinc.org').first().display",
    code_text: 'code.text',
    effective_date: 'effective.ofType(dateTime)',
    issued: 'issued',
    value_number: 'value.ofType(Quantity).value',
    value_unit: 'value.ofType(Quantity).unit',
    value_ucum: 'value.ofType(Quantity).code',
    value_code: 'value.ofType(CodeableConcept).coding.first().code',
    value_text: 'value.ofType(CodeableConcept).text',
    value_string: 'value.ofType(string)',
    value_boolean: 'value.ofType(boolean)',
  });
  const column = wide.map((each) =>
    each.name === 'value_number' && !isExact ? { ...each, tag: DOUBLE } : each,
  );
  return view('Observation', isExact ? 'observation_exact' : 'observation_wide', column);
}

/** One view for each of five types, as a warehouse would have them. */
export const FIVE_VIEWS: readonly BenchView[] = [
  view(
    'Patient',
    'patient',
    columns({
      patient_key: 'getResourceKey()',
      birth_date: 'birthDate',
      gender: 'gender',
      family: 'name.first().family',
      postal_code: 'address.first().postalCode',
      deceased: 'deceased.ofType(dateTime)',
      race: "extension('http://hl7.org/fhir/us/core/StructureDefinition/us-core-race').extension('text').value.ofType(string).first()",
    }),
  ),
  view(
    'Encounter',
    'encounter',
    columns({
      encounter_key: 'getResourceKey()',
      patient_key: 'subject.getReferenceKey(Patient)',
      status: 'status',
      class: 'class.code',
      type: 'type.first().coding.first().code',
      start_date: 'period.start',
      end_date: 'period.end',
    }),
  ),
  view(
    'Condition',
    'condition',
    columns({
      condition_key: 'getResourceKey()',
      patient_key: 'subject.getReferenceKey(Patient)',
      code: "code.coding.where(system = 'http://snomed.info/sct').first().code",
      clinical_status: 'clinicalStatus.coding.first().code',
      onset_date: 'onset.ofType(dateTime)',
      body_site: 'bodySite.first().coding.first().code',
      stage: 'stage.first().summary.coding.first().code',
    }),
  ),
  view(
    'MedicationRequest',
    'medication_request',
    columns({
      request_key: 'getResourceKey()',
      patient_key: 'subject.getReferenceKey(Patient)',
      status: 'status',
      medication: 'medication.ofType(CodeableConcept).coding.first().code',
      authored_date: 'authoredOn',
      dose: 'dosageInstruction.first().doseAndRate.first().dose.ofType(Quantity).unit',
    }),
  ),
  view(
    'Observation',
    'observation',
    columns({
      observation_key: 'getResourceKey()',
      patient_key: 'subject.getReferenceKey(Patient)',
      code: "code.coding.where(system = 'http://loinc.org').first().code",
      effective_date: 'effective.ofType(dateTime)',
      unit: 'value.ofType(Quantity).unit',
      finding: 'value.ofType(CodeableConcept).coding.first().code',
    }),
  ),
];
