-- one row per person with at least one Patient record.
-- Last contact: the last day of an event with the person present, death included, none after death (certificates come
-- later; an event that is said to end after the death counts with its first day).
with contact as (
  select
    e.*,
    case
      when e.is_contact and e.end_date > p.deceased_last_date then e.event_date
      when e.is_contact then greatest(e.event_date, e.end_date)
      else e.event_date
    end as contact_date,
    (e.is_contact or e.event_type = 'death') and coalesce(e.event_date <= p.deceased_last_date, true) as is_followed
  from marts.patient_events e
  join staging.person p using (patient_key)
),
event as (
  select
    patient_key,
    min(event_date) filter (where event_type <> 'coverage') as first_event_date,
    max(contact_date) filter (where is_followed) as last_contact_date,
    arg_max(event_key, (contact_date, event_key)) filter (where is_followed) as last_contact_event_key,
    count(*) filter (where event_type = 'encounter') as encounters
  from contact
  group by patient_key
),
tumor as (
  select patient_key, count(*) as tumors from marts.cancer_diagnoses group by patient_key
),
imaging as (
  select patient_key, count(*) as studies from marts.imaging_studies where patient_key is not null group by patient_key
)
select
  p.patient_key::uuid as patient_key,
  p.sex::varchar as sex,
  p.birth_date::date as birth_date,
  p.birth_precision::varchar as birth_precision,
  p.is_birth_date_withheld::boolean as is_birth_date_withheld,
  year(p.birth_date)::integer as birth_year,
  p.is_deceased::boolean as is_deceased,
  p.deceased_date::date as deceased_date,
  p.deceased_precision::varchar as deceased_precision,
  p.death_record_table::varchar as death_record_table,
  p.death_record_key::uuid as death_record_key,
  if(
    coalesce(p.deceased_date, e.last_contact_date) >= p.birth_date,
    date_sub('year', p.birth_date, coalesce(p.deceased_date, e.last_contact_date)),
    null
  )::integer as age_at_last_contact_years,
  p.race::varchar as race,
  p.ethnicity::varchar as ethnicity,
  p.marital_status::varchar as marital_status,
  p.zip3::varchar as zip3,
  p.state::varchar as state,
  p.country::varchar as country,
  p.family_name::varchar as family_name,
  p.given_name::varchar as given_name,
  p.mrn::varchar as mrn,
  e.first_event_date::date as first_event_date,
  e.last_contact_date::date as last_contact_date,
  e.last_contact_event_key::uuid as last_contact_event_key,
  (t.patient_key is not null)::boolean as has_cancer,
  coalesce(t.tumors, 0)::integer as cancer_diagnosis_count,
  (i.patient_key is not null)::boolean as has_imaging,
  coalesce(i.studies, 0)::integer as imaging_study_count,
  coalesce(e.encounters, 0)::integer as encounter_count,
  p.patient_record_count::integer as patient_record_count
from staging.person p
left join event e using (patient_key)
left join tumor t using (patient_key)
left join imaging i using (patient_key)
