-- one row per Encounter record
-- Rule encounter-1 (docs/marts/encounters.md). The department is told by the service type, a provider that is one, the
-- first location or the provider, in this order; a patient's home is none, and a location that is called like the
-- provider says no more than the provider.
with department as (
  select
    e.encounter_key,
    e.service_type_code is not null or e.service_type_display is not null as has_service_type,
    e.organization_key is not null or e.organization_text is not null as has_provider,
    o.type_code in ('dept', 'team') as is_provider_department,
    (e.location_key is not null or e.location_text is not null)
      and coalesce(l.physical_type_code, '') <> 'ho'
      and coalesce(l.type_code, '') <> 'PTRES'
      and not (coalesce(e.class_code, '') = 'HH' and l.location_key is null)
      and not coalesce(e.is_location_provider, false) as has_location,
    o.name as organization_name,
    o.type_code as organization_type_code,
    o.type_system as organization_type_system,
    l.name as location_name,
    l.type_code as location_type_code,
    l.type_system as location_type_system,
    l.type_display as location_type_display
  from staging.encounter e
  left join staging.organization o on o.organization_key = e.organization_key
  left join staging.location l on l.location_key = e.location_key
),
told as (
  select
    *,
    case
      when has_service_type then 'service type'
      when is_provider_department then 'service provider'
      when has_location then 'location'
      when has_provider then 'service provider'
      else 'unknown'
    end as department_source
  from department
)
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
    when 'FLD' then 'field'
    else if(e.class_code is null, null, 'other')
  end::varchar as encounter_class,
  e.class_code::varchar as class_code,
  e.type_code::varchar as type_code,
  e.type_system::varchar as type_system,
  e.type_display::varchar as type_display,
  coalesce(e.service_type_display, e.service_type_code)::varchar as service_type,
  case d.department_source
    when 'service type' then coalesce(e.service_type_display, e.service_type_code)
    when 'location' then coalesce(d.location_name, e.location_text, d.location_type_display, d.location_type_code)
    when 'service provider' then coalesce(d.organization_name, e.organization_text)
  end::varchar as department,
  case d.department_source
    when 'service type' then e.service_type_code
    when 'location' then d.location_type_code
    when 'service provider' then d.organization_type_code
  end::varchar as department_code,
  case d.department_source
    when 'service type' then e.service_type_system
    when 'location' then d.location_type_system
    when 'service provider' then d.organization_type_system
  end::varchar as department_system,
  case d.department_source
    when 'location' then e.location_key
    when 'service provider' then e.organization_key
  end::uuid as department_key,
  d.department_source::varchar as department_source,
  coalesce(e.reason_code, c.code)::varchar as reason_code,
  if(e.reason_code is not null, e.reason_system, c.code_system)::varchar as reason_system,
  coalesce(e.reason_display, if(e.reason_code is null, c.code_display, null), e.reason_text)::varchar as reason_display,
  case
    when e.reason_code is not null then 'code'
    when c.code is not null and e.reason_condition_key is not null then 'reason condition'
    when c.code is not null then 'diagnosis'
    when e.reason_text is not null then 'text'
    else 'unknown'
  end::varchar as reason_source,
  if(e.reason_code is null, c.condition_key, null)::uuid as reason_condition_key,
  e.start_date::date as start_date,
  e.start_precision::varchar as start_precision,
  e.start_at::timestamptz as start_at,
  e.end_date::date as end_date,
  e.end_precision::varchar as end_precision,
  e.end_at::timestamptz as end_at,
  if(e.end_date >= e.start_date, e.end_date - e.start_date, null)::integer as length_of_stay_days,
  coalesce(s.minutes, if(e.end_at >= e.start_at, epoch(e.end_at - e.start_at) / 60, null))::double as length_minutes,
  case
    when s.minutes is not null then 'length'
    when e.end_at >= e.start_at then 'period'
    else 'unknown'
  end::varchar as length_source,
  coalesce(e.end_date < e.start_date or e.end_at < e.start_at, false)::boolean as has_period_conflict,
  if(e.start_date >= p.birth_date, date_sub('year', p.birth_date, e.start_date), null)::integer
    as age_at_encounter_years,
  e.organization_key::uuid as organization_key,
  'encounter-1'::varchar as rule_version,
  e.source::varchar as source
from staging.encounter e
join told d using (encounter_key)
left join lateral (
  select e.length_value * case e.length_unit_code
    when 's' then 1 / 60
    when 'min' then 1
    when 'h' then 60
    when 'd' then 1440
    when 'wk' then 10080
  end as minutes
) s on true
left join staging.person p using (patient_key)
left join staging.condition c
  on c.condition_key = coalesce(e.reason_condition_key, e.diagnosis_condition_key)
  and c.patient_key is not distinct from e.patient_key
