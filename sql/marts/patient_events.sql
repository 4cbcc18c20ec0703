-- one row per dated event of any kind.
-- Rule event-2 (docs/marts/patient_events.md). What a mart derived is an event of that mart; the records beneath stay
-- events of their own kind. A statement that only repeats another is none. Kinds are those of codes.event_type.
-- An examination is one event, whatever tells of it: Procedures of marts.imaging_events are no events of their own, but for
-- those that fit several examinations, which stay procedures, so that none counts twice as imaging.
-- is_contact: the person was there. Orders, documents, plans, statements and dates told afterwards prove nothing, and
-- what is derived proves nothing beyond the records beneath.
with examined as (
  select imaging_event_key, record_table, record_key
  from marts.imaging_event_records
  where record_table <> 'staging.procedure' or not is_ambiguous
),
event as (
  select patient_key, birth_date as event_date, birth_precision as event_precision, null::timestamptz as event_at,
    null::date as end_date, null::varchar as end_precision, 'birth' as event_type, null::varchar as event_class,
    'Birth' as title, null::varchar as code, null::varchar as code_system, false as is_contact,
    'marts.patients' as source_table, patient_key as source_key
  from staging.person
  union all by name
  select patient_key, deceased_date as event_date, deceased_precision as event_precision, deceased_at as event_at,
    'death' as event_type, 'Death' as title, 'marts.patients' as source_table, patient_key as source_key
  from staging.person
  union all by name
  select patient_key, diagnosis_date as event_date, diagnosis_precision as event_precision, 'diagnosis' as event_type,
    site_group as event_class,
    concat_ws(' ', upper(left(site_group, 1)) || substr(site_group, 2), 'cancer', if(stage_subgroup is null, null, 'stage ' || stage_subgroup)) as title,
    topography_code as code, topography_system as code_system, 'marts.cancer_diagnoses' as source_table,
    diagnosis_key as source_key
  from marts.cancer_diagnoses
  union all by name
  select patient_key, stage_date as event_date, stage_precision as event_precision, 'stage' as event_type,
    coalesce(stage_type, 'unknown') as event_class,
    if(
      item = 'group',
      'Stage ' || coalesce(stage_subgroup, stage_raw, 'unknown'),
      coalesce(category, stage_raw, upper(item) || ' unknown')
    ) as title,
    'marts.stage_assessments' as source_table, stage_key as source_key
  from marts.stage_assessments
  where not is_repeat
  union all by name
  select patient_key, coalesce(specimen_date, result_date) as event_date,
    if(specimen_date is not null, specimen_precision, result_precision) as event_precision, 'biomarker' as event_type,
    coalesce(analyte, 'unknown') as event_class,
    concat_ws(' ', coalesce(analyte, code_display, code),
      coalesce(
        result,
        if(
          value_number is null,
          value_display,
          concat_ws(' ', concat(comparator, regexp_replace(value_number::varchar, '[.]0$', '')), unit)
        )
      )) as title,
    code, code_system, 'marts.biomarkers' as source_table, biomarker_key as source_key
  from marts.biomarkers
  where not is_repeat
  union all by name
  select patient_key, coalesce(specimen_date, result_date) as event_date,
    if(specimen_date is not null, specimen_precision, result_precision) as event_precision, 'variant' as event_type,
    presence as event_class, coalesce(nullif(concat_ws(' ', gene, coalesce(hgvs_protein, hgvs_coding, variant_display)), ''), 'Variant') as title,
    variant_code as code, 'marts.variants' as source_table, variant_key as source_key
  from marts.variants
  where not is_repeat
  union all by name
  select patient_key, status_date as event_date, status_precision as event_precision,
    'performance status' as event_type, scale as event_class,
    concat_ws(' ', scale, coalesce(score::varchar, 'unknown')) as title,
    'marts.performance_status' as source_table, performance_status_key as source_key
  from marts.performance_status
  where not is_repeat
  union all by name
  select patient_key, status_date as event_date, status_precision as event_precision, 'disease status' as event_type,
    status_group as event_class, disease_status as title, value_code as code, value_system as code_system,
    'marts.disease_status' as source_table, status_key as source_key
  from marts.disease_status
  union all by name
  select patient_key, biopsy_date as event_date, biopsy_precision as event_precision, 'biopsy' as event_type,
    site_group as event_class, coalesce(code_display, code, 'Biopsy') as title, code, code_system,
    'marts.biopsy_findings' as source_table, biopsy_finding_key as source_key
  from marts.biopsy_findings
  where evidence = 'taken'
  union all by name
  select c.patient_key, coalesce(c.onset_date, c.onset_start_date, c.asserted_date, c.recorded_date) as event_date,
    case when c.onset_date is not null then c.onset_precision when c.onset_start_date is not null then c.onset_start_precision
      when c.asserted_date is not null then c.asserted_precision else c.recorded_precision end as event_precision,
    case when c.onset_date is not null then c.onset_at when c.onset_start_date is not null then c.onset_start_at
      when c.asserted_date is not null then c.asserted_at else c.recorded_at end as event_at,
    c.abatement_date as end_date, c.abatement_precision as end_precision, 'condition' as event_type,
    coalesce(t.role, 'other') as event_class, coalesce(c.code_display, c.code) as title, c.code, c.code_system,
    'staging.condition' as source_table, c.condition_key as source_key
  from staging.condition c
  left join marts.tumor_conditions t using (condition_key)
  where coalesce(c.verification_status, c.verification_status_code, 'confirmed') not in ('entered-in-error', 'refuted')
  union all by name
  select patient_key, start_date as event_date, start_precision as event_precision, start_at as event_at, end_date,
    end_precision, 'encounter' as event_type, encounter_class as event_class,
    coalesce(type_display, type_code, encounter_class) as title, type_code as code, type_system as code_system,
    coalesce(status, 'finished') in ('finished', 'in-progress', 'arrived', 'triaged', 'onleave') as is_contact,
    'marts.encounters' as source_table, encounter_key as source_key
  from marts.encounters
  where coalesce(status, 'finished') not in ('cancelled', 'entered-in-error')
  union all by name
  select patient_key, start_date as event_date, start_precision as event_precision, end_date, end_precision,
    'coverage' as event_type, payer_kind as event_class, coalesce(type_display, type_code, payer_kind) as title,
    type_code as code, type_system as code_system, 'marts.coverages' as source_table, coverage_key as source_key
  from marts.coverages
  where coalesce(status, 'active') not in ('entered-in-error', 'draft')
  union all by name
  select patient_key, start_date as event_date, start_precision as event_precision, end_date, end_precision,
    'treatment' as event_type, treatment_class as event_class, coalesce(agent, code_display, code, treatment_class) as title,
    coalesce(agent_code, code) as code,
    if(agent_code is null, code_system, 'http://www.nlm.nih.gov/research/umls/rxnorm') as code_system,
    'marts.treatments' as source_table, treatment_key as source_key
  from marts.treatments
  union all by name
  select patient_key, start_date as event_date, start_precision as event_precision, end_date, end_precision,
    'treatment line' as event_type, 'line ' || line_number as event_class, regimen as title,
    'marts.treatment_lines' as source_table, line_key as source_key
  from marts.treatment_lines
  union all by name
  select patient_key, coalesce(performed_date, performed_start_date) as event_date,
    if(performed_date is not null, performed_precision, performed_start_precision) as event_precision,
    if(performed_date is not null, performed_at, performed_start_at) as event_at, performed_end_date as end_date,
    performed_end_precision as end_precision, 'procedure' as event_type, category_code as event_class,
    coalesce(code_display, code) as title, code, code_system, true as is_contact,
    'staging.procedure' as source_table, procedure_key as source_key
  from staging.procedure
  where coalesce(status, 'completed') in ('completed', 'in-progress', 'stopped')
    and not exists (select 1 from examined r where r.record_table = 'staging.procedure' and r.record_key = procedure_key)
  union all by name
  select patient_key, coalesce(effective_date, effective_start_date) as event_date,
    if(effective_date is not null, effective_precision, effective_start_precision) as event_precision,
    if(effective_date is not null, effective_at, effective_start_at) as event_at, effective_end_date as end_date,
    effective_end_precision as end_precision, 'medication' as event_type, 'administration' as event_class,
    coalesce(medication_display, medication_code) as title, medication_code as code, medication_system as code_system,
    true as is_contact, 'staging.medication_administration' as source_table,
    medication_administration_key as source_key
  from staging.medication_administration
  where coalesce(status, 'completed') not in ('not-done', 'entered-in-error')
  union all by name
  select patient_key, coalesce(handed_over_date, prepared_date) as event_date,
    if(handed_over_date is not null, handed_over_precision, prepared_precision) as event_precision,
    if(handed_over_date is not null, handed_over_at, prepared_at) as event_at, 'medication' as event_type,
    'dispense' as event_class, coalesce(medication_display, medication_code) as title, medication_code as code,
    medication_system as code_system, 'staging.medication_dispense' as source_table,
    medication_dispense_key as source_key
  from staging.medication_dispense
  where coalesce(status, 'completed') not in ('cancelled', 'declined', 'entered-in-error')
  union all by name
  select patient_key, coalesce(effective_date, effective_start_date, asserted_date) as event_date,
    case when effective_date is not null then effective_precision
      when effective_start_date is not null then effective_start_precision else asserted_precision end as event_precision,
    case when effective_date is not null then effective_at
      when effective_start_date is not null then effective_start_at else asserted_at end as event_at,
    effective_end_date as end_date, effective_end_precision as end_precision, 'medication' as event_type,
    'statement' as event_class, coalesce(medication_display, medication_code) as title, medication_code as code,
    medication_system as code_system, 'staging.medication_statement' as source_table,
    medication_statement_key as source_key
  from staging.medication_statement
  where coalesce(status, 'unknown') not in ('not-taken', 'entered-in-error')
  union all by name
  select patient_key, authored_date as event_date, authored_precision as event_precision, authored_at as event_at,
    'medication' as event_type, 'order' as event_class, coalesce(medication_display, medication_code) as title,
    medication_code as code, medication_system as code_system, 'staging.medication_request' as source_table,
    medication_request_key as source_key
  from staging.medication_request
  where coalesce(status, 'unknown') not in ('cancelled', 'draft', 'entered-in-error')
  union all by name
  select patient_key, event_date, event_precision, event_at, 'imaging' as event_type, modality as event_class,
    coalesce(
      nullif(
        concat_ws(
          ' ', if(contains(procedure_display, modality), null, modality), coalesce(procedure_display, body_region)
        ),
        ''
      ),
      'Imaging'
    ) as title,
    procedure_code as code,
    procedure_system as code_system, true as is_contact, 'marts.imaging_events' as source_table,
    imaging_event_key as source_key
  from marts.imaging_events
  semi join examined using (imaging_event_key)
  union all by name
  select patient_key, scan_date as event_date, scan_precision as event_precision, scan_at as event_at,
    'pathology slide' as event_type, stain as event_class,
    concat_ws(' ', 'Slide', tissue_site, if(stain is null, null, '(' || stain || ')')) as title,
    tissue_site_code as code, tissue_site_system as code_system, 'marts.pathology_slides' as source_table,
    slide_key as source_key
  from marts.pathology_slides
  union all by name
  select patient_key, result_date as event_date, result_precision as event_precision, result_at as event_at,
    'lab result' as event_type, lab_group as event_class, coalesce(code_display, code) as title, code, code_system,
    true as is_contact, 'marts.lab_results' as source_table, lab_result_key as source_key
  from marts.lab_results
  union all by name
  select o.patient_key, coalesce(o.effective_date, o.effective_instant_date, o.effective_start_date) as event_date,
    case when o.effective_date is not null then o.effective_precision
      when o.effective_instant_date is not null then o.effective_instant_precision else o.effective_start_precision end as event_precision,
    case when o.effective_date is not null then o.effective_at
      when o.effective_instant_date is not null then o.effective_instant_at else o.effective_start_at end as event_at,
    o.effective_end_date as end_date, o.effective_end_precision as end_precision, 'observation' as event_type,
    o.category_codes[1] as event_class, coalesce(o.code_display, o.code) as title, o.code, o.code_system,
    list_has_any(o.category_codes, ['vital-signs', 'exam', 'procedure', 'therapy', 'imaging', 'activity']) as is_contact,
    'staging.observation' as source_table, o.observation_key as source_key
  from staging.observation o
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
    and not exists (select 1 from marts.lab_results l where l.observation_key = o.observation_key)
  union all by name
  select patient_key, coalesce(effective_date, effective_start_date, issued_date) as event_date,
    case when effective_date is not null then effective_precision
      when effective_start_date is not null then effective_start_precision else issued_precision end as event_precision,
    case when effective_date is not null then effective_at
      when effective_start_date is not null then effective_start_at else issued_at end as event_at,
    effective_end_date as end_date, effective_end_precision as end_precision, 'report' as event_type,
    category_codes[1] as event_class, coalesce(code_display, code) as title, code, code_system,
    'staging.diagnostic_report' as source_table, diagnostic_report_key as source_key
  from staging.diagnostic_report
  where coalesce(status, 'final') not in ('entered-in-error', 'cancelled')
  union all by name
  select patient_key, coalesce(collected_date, collected_start_date, received_date) as event_date,
    case when collected_date is not null then collected_precision
      when collected_start_date is not null then collected_start_precision else received_precision end as event_precision,
    case when collected_date is not null then collected_at
      when collected_start_date is not null then collected_start_at else received_at end as event_at,
    collected_end_date as end_date, collected_end_precision as end_precision, 'specimen' as event_type,
    type_code as event_class, coalesce(type_display, type_code, 'Specimen') as title, type_code as code,
    type_system as code_system, coalesce(collected_date, collected_start_date) is not null as is_contact,
    'staging.specimen' as source_table, specimen_key as source_key
  from staging.specimen
  where coalesce(status, 'available') <> 'entered-in-error'
  union all by name
  select patient_key, occurrence_date as event_date, occurrence_precision as event_precision, occurrence_at as event_at,
    'immunization' as event_type, coalesce(vaccine_display, vaccine_code) as title, vaccine_code as code,
    vaccine_system as code_system, true as is_contact, 'staging.immunization' as source_table,
    immunization_key as source_key
  from staging.immunization
  where coalesce(status, 'completed') = 'completed'
  union all by name
  select patient_key, coalesce(onset_date, recorded_date) as event_date,
    if(onset_date is not null, onset_precision, recorded_precision) as event_precision,
    if(onset_date is not null, onset_at, recorded_at) as event_at, 'allergy' as event_type,
    criticality as event_class, coalesce(code_display, code) as title, code, code_system,
    'staging.allergy_intolerance' as source_table, allergy_intolerance_key as source_key
  from staging.allergy_intolerance
  where coalesce(verification_status, 'confirmed') not in ('entered-in-error', 'refuted')
  union all by name
  select patient_key, coalesce(start_date, created_date) as event_date,
    if(start_date is not null, start_precision, created_precision) as event_precision,
    if(start_date is not null, start_at, created_at) as event_at, end_date, end_precision,
    'care plan' as event_type, category_code as event_class,
    coalesce(category_display, category_code, 'Care plan') as title, category_code as code,
    category_system as code_system, 'staging.care_plan' as source_table, care_plan_key as source_key
  from staging.care_plan
  where coalesce(status, 'active') not in ('entered-in-error', 'revoked')
  union all by name
  select patient_key, coalesce(context_start_date, document_date) as event_date,
    if(context_start_date is not null, context_start_precision, document_precision) as event_precision,
    if(context_start_date is not null, context_start_at, document_at) as event_at, context_end_date as end_date,
    context_end_precision as end_precision, 'document' as event_type, category_code as event_class,
    coalesce(type_display, type_code) as title, type_code as code, type_system as code_system,
    'staging.document_reference' as source_table, document_reference_key as source_key
  from staging.document_reference
  where coalesce(status, 'current') <> 'entered-in-error'
  union all by name
  select patient_key, authored_date as event_date, authored_precision as event_precision, authored_at as event_at,
    'order' as event_type, category_code as event_class, coalesce(code_display, code) as title, code, code_system,
    'staging.service_request' as source_table, service_request_key as source_key
  from staging.service_request
  where coalesce(status, 'active') not in ('entered-in-error', 'revoked', 'draft')
)
select
  md5(concat_ws('|', 'event', event_type, source_table, source_key))::uuid as event_key,
  patient_key::uuid as patient_key,
  event_date::date as event_date,
  event_precision::varchar as event_precision,
  event_at::timestamptz as event_at,
  end_date::date as end_date,
  end_precision::varchar as end_precision,
  event_type::varchar as event_type,
  event_class::varchar as event_class,
  title::varchar as title,
  code::varchar as code,
  code_system::varchar as code_system,
  coalesce(is_contact, false)::boolean as is_contact,
  source_table::varchar as source_table,
  source_key::uuid as source_key,
  'event-2'::varchar as rule_version
from event
where patient_key is not null and event_date is not null
