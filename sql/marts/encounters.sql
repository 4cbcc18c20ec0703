-- one row per Encounter record
select
  e.encounter_key::uuid as encounter_key,
  e.patient_key::uuid as patient_key,
  e.status::varchar as status,
  case upper(e.class_code)
    when 'AMB' then 'ambulatory'
    when 'OUTPATIENT' then 'ambulatory'
    when 'OBSENC' then 'observation'
    when 'IMP' then 'inpatient'
    when 'ACUTE' then 'inpatient'
    when 'NONAC' then 'inpatient'
    when 'INPATIENT' then 'inpatient'
    when 'EMER' then 'emergency'
    when 'EMERGENCY' then 'emergency'
    when 'VR' then 'virtual'
    when 'HH' then 'home health'
    when 'SS' then 'short stay'
    when 'PRENC' then 'pre-admission'
    else if(e.class_code is null, null, 'other')
  end::varchar as encounter_class,
  e.class_code::varchar as class_code,
  e.type_code::varchar as type_code,
  e.type_system::varchar as type_system,
  e.type_display::varchar as type_display,
  coalesce(e.service_type_display, e.service_type_code)::varchar as service_type,
  coalesce(e.reason_code, c.code)::varchar as reason_code,
  coalesce(e.reason_display, c.code_display)::varchar as reason_display,
  e.start_date::date as start_date,
  e.start_precision::varchar as start_precision,
  e.start_at::timestamptz as start_at,
  e.end_date::date as end_date,
  e.end_precision::varchar as end_precision,
  e.end_at::timestamptz as end_at,
  if(e.end_date >= e.start_date, e.end_date - e.start_date, null)::integer as length_of_stay_days,
  if(e.start_date >= p.birth_date, date_sub('year', p.birth_date, e.start_date), null)::integer
    as age_at_encounter_years,
  e.organization_key::uuid as organization_key,
  e.source::varchar as source
from staging.encounter e
left join staging.person p using (patient_key)
left join staging.condition c
  on c.condition_key = coalesce(e.reason_condition_key, e.diagnosis_condition_key)
  and c.patient_key is not distinct from e.patient_key
