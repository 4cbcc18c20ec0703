-- one row per dated event of any kind.
-- A diagnosis, a treatment and an imaging study are events of the mart that derived them; the records beneath stay
-- events of their own kind.
-- is_contact: the person was there. Orders, documents, plans, statements and dates told afterwards prove nothing.
with event as (
  select patient_key, birth_date as event_date, birth_precision as event_precision, null::timestamptz as event_at,
    null::date as end_date, 'birth' as event_type, null as event_class, 'Birth' as title, null as code,
    null as code_system, false as is_contact, 'marts.patients' as source_table, patient_key as source_key
  from staging.person
  union all
  select patient_key, deceased_date, deceased_precision, deceased_at, null, 'death', null, 'Death', null, null, false,
    'marts.patients', patient_key
  from staging.person
  union all
  select patient_key, diagnosis_date, diagnosis_precision, null, null, 'diagnosis', site_group,
    concat_ws(' ', upper(left(site_group, 1)) || substr(site_group, 2), 'cancer', if(stage_subgroup is null, null, 'stage ' || stage_subgroup)),
    topography_code, topography_system, false, 'marts.cancer_diagnoses', diagnosis_key
  from marts.cancer_diagnoses
  union all
  select c.patient_key, coalesce(c.onset_date, c.onset_start_date, c.asserted_date, c.recorded_date),
    case when c.onset_date is not null then c.onset_precision when c.onset_start_date is not null then c.onset_start_precision
      when c.asserted_date is not null then c.asserted_precision else c.recorded_precision end,
    case when c.onset_date is not null then c.onset_at when c.onset_start_date is not null then c.onset_start_at
      when c.asserted_date is not null then c.asserted_at else c.recorded_at end,
    c.abatement_date, 'condition', coalesce(t.role, 'other'), coalesce(c.code_display, c.code), c.code, c.code_system,
    false, 'staging.condition', c.condition_key
  from staging.condition c
  left join marts.tumor_conditions t using (condition_key)
  where coalesce(c.verification_status, c.verification_status_code, 'confirmed') not in ('entered-in-error', 'refuted')
  union all
  select patient_key, start_date, start_precision, start_at, end_date, 'encounter', encounter_class,
    coalesce(type_display, type_code, encounter_class), type_code, type_system,
    coalesce(status, 'finished') in ('finished', 'in-progress', 'arrived', 'triaged', 'onleave'),
    'marts.encounters', encounter_key
  from marts.encounters
  where coalesce(status, 'finished') not in ('cancelled', 'entered-in-error')
  union all
  select patient_key, start_date, start_precision, null, end_date, 'treatment', treatment_class,
    coalesce(agent, code_display, code, treatment_class), coalesce(agent_code, code),
    if(agent_code is null, code_system, 'http://www.nlm.nih.gov/research/umls/rxnorm'), false,
    'marts.treatments', treatment_key
  from marts.treatments
  union all
  select patient_key, coalesce(performed_date, performed_start_date),
    if(performed_date is not null, performed_precision, performed_start_precision),
    if(performed_date is not null, performed_at, performed_start_at), performed_end_date, 'procedure', category_code,
    coalesce(code_display, code), code, code_system, true, 'staging.procedure', procedure_key
  from staging.procedure
  where coalesce(status, 'completed') in ('completed', 'in-progress', 'stopped')
  union all
  select patient_key, coalesce(effective_date, effective_start_date),
    if(effective_date is not null, effective_precision, effective_start_precision),
    if(effective_date is not null, effective_at, effective_start_at), effective_end_date, 'medication',
    'administration', coalesce(medication_display, medication_code), medication_code, medication_system, true,
    'staging.medication_administration', medication_administration_key
  from staging.medication_administration
  where coalesce(status, 'completed') not in ('not-done', 'entered-in-error')
  union all
  select patient_key, coalesce(handed_over_date, prepared_date),
    if(handed_over_date is not null, handed_over_precision, prepared_precision),
    if(handed_over_date is not null, handed_over_at, prepared_at), null, 'medication', 'dispense',
    coalesce(medication_display, medication_code), medication_code, medication_system, false,
    'staging.medication_dispense', medication_dispense_key
  from staging.medication_dispense
  where coalesce(status, 'completed') not in ('cancelled', 'declined', 'entered-in-error')
  union all
  select patient_key, coalesce(effective_date, effective_start_date, asserted_date),
    case when effective_date is not null then effective_precision
      when effective_start_date is not null then effective_start_precision else asserted_precision end,
    case when effective_date is not null then effective_at
      when effective_start_date is not null then effective_start_at else asserted_at end,
    effective_end_date, 'medication', 'statement', coalesce(medication_display, medication_code), medication_code,
    medication_system, false, 'staging.medication_statement', medication_statement_key
  from staging.medication_statement
  where coalesce(status, 'unknown') not in ('not-taken', 'entered-in-error')
  union all
  select patient_key, authored_date, authored_precision, authored_at, null, 'medication', 'order',
    coalesce(medication_display, medication_code), medication_code, medication_system, false,
    'staging.medication_request', medication_request_key
  from staging.medication_request
  where coalesce(status, 'unknown') not in ('cancelled', 'draft', 'entered-in-error')
  union all
  select patient_key, study_date, study_precision, study_at, null, 'imaging', primary_modality,
    concat_ws(' ', primary_modality, coalesce(procedure_display, body_region)), procedure_code, procedure_system, true,
    'marts.imaging_studies', study_key
  from marts.imaging_studies
  union all
  select patient_key, scan_date, scan_precision, scan_at, null, 'pathology slide', stain,
    concat_ws(' ', 'Slide', tissue_site, if(stain is null, null, '(' || stain || ')')), tissue_site_code,
    tissue_site_system, false, 'marts.pathology_slides', slide_key
  from marts.pathology_slides
  union all
  select patient_key, result_date, result_precision, result_at, null, 'lab result', lab_group,
    coalesce(code_display, code), code, code_system, true, 'marts.lab_results', lab_result_key
  from marts.lab_results
  union all
  select o.patient_key, coalesce(o.effective_date, o.effective_instant_date, o.effective_start_date),
    case when o.effective_date is not null then o.effective_precision
      when o.effective_instant_date is not null then o.effective_instant_precision else o.effective_start_precision end,
    case when o.effective_date is not null then o.effective_at
      when o.effective_instant_date is not null then o.effective_instant_at else o.effective_start_at end,
    o.effective_end_date, 'observation', o.category_codes[1], coalesce(o.code_display, o.code), o.code, o.code_system,
    list_has_any(o.category_codes, ['vital-signs', 'exam', 'procedure', 'therapy', 'imaging', 'activity']),
    'staging.observation', o.observation_key
  from staging.observation o
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
    and not exists (select 1 from marts.lab_results l where l.observation_key = o.observation_key)
  union all
  select patient_key, coalesce(effective_date, effective_start_date, issued_date),
    case when effective_date is not null then effective_precision
      when effective_start_date is not null then effective_start_precision else issued_precision end,
    case when effective_date is not null then effective_at
      when effective_start_date is not null then effective_start_at else issued_at end,
    effective_end_date, 'report', category_codes[1], coalesce(code_display, code), code, code_system, false,
    'staging.diagnostic_report', diagnostic_report_key
  from staging.diagnostic_report
  where coalesce(status, 'final') not in ('entered-in-error', 'cancelled')
  union all
  select patient_key, coalesce(collected_date, collected_start_date, received_date),
    case when collected_date is not null then collected_precision
      when collected_start_date is not null then collected_start_precision else received_precision end,
    case when collected_date is not null then collected_at
      when collected_start_date is not null then collected_start_at else received_at end,
    collected_end_date, 'specimen', type_code, coalesce(type_display, type_code, 'Specimen'), type_code, type_system,
    coalesce(collected_date, collected_start_date) is not null, 'staging.specimen', specimen_key
  from staging.specimen
  where coalesce(status, 'available') <> 'entered-in-error'
  union all
  select patient_key, occurrence_date, occurrence_precision, occurrence_at, null, 'immunization', null,
    coalesce(vaccine_display, vaccine_code), vaccine_code, vaccine_system, true, 'staging.immunization', immunization_key
  from staging.immunization
  where coalesce(status, 'completed') = 'completed'
  union all
  select patient_key, coalesce(onset_date, recorded_date), if(onset_date is not null, onset_precision, recorded_precision),
    if(onset_date is not null, onset_at, recorded_at), null, 'allergy', criticality, coalesce(code_display, code), code,
    code_system, false, 'staging.allergy_intolerance', allergy_intolerance_key
  from staging.allergy_intolerance
  where coalesce(verification_status, 'confirmed') not in ('entered-in-error', 'refuted')
  union all
  select patient_key, coalesce(start_date, created_date), if(start_date is not null, start_precision, created_precision),
    if(start_date is not null, start_at, created_at), end_date, 'care plan', category_code,
    coalesce(category_display, category_code, 'Care plan'), category_code, category_system, false, 'staging.care_plan',
    care_plan_key
  from staging.care_plan
  where coalesce(status, 'active') not in ('entered-in-error', 'revoked')
  union all
  select patient_key, coalesce(context_start_date, document_date),
    if(context_start_date is not null, context_start_precision, document_precision),
    if(context_start_date is not null, context_start_at, document_at), context_end_date, 'document', category_code,
    coalesce(type_display, type_code), type_code, type_system, false, 'staging.document_reference', document_reference_key
  from staging.document_reference
  where coalesce(status, 'current') <> 'entered-in-error'
  union all
  select patient_key, authored_date, authored_precision, authored_at, null, 'order', category_code,
    coalesce(code_display, code), code, code_system, false, 'staging.service_request', service_request_key
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
  event_type::varchar as event_type,
  event_class::varchar as event_class,
  title::varchar as title,
  code::varchar as code,
  code_system::varchar as code_system,
  coalesce(is_contact, false)::boolean as is_contact,
  source_table::varchar as source_table,
  source_key::uuid as source_key
from event
where patient_key is not null and event_date is not null
