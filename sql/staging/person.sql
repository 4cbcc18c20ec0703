-- one row per person with a Patient record: what the records of the person say together.
-- A record in use and not replaced speaks before the others; the first record with a value gives it. Death is
-- that of staging.death.
with record as (
  select
    *,
    row_number() over (
      partition by patient_key
      order by replaced_by_key is not null, coalesce(is_active, true) desc, source, patient_record_key
    ) as rank
  from staging.patient
  where patient_key is not null
)
select
  r.patient_key,
  arg_min(gender, rank) as sex,
  arg_min(birth_date, rank) as birth_date,
  arg_min(birth_precision, rank) filter (where birth_date is not null) as birth_precision,
  bool_or(is_birth_date_withheld) and count(birth_date) = 0 as is_birth_date_withheld,
  any_value(d.patient_key) is not null as is_deceased,
  any_value(d.deceased_date) as deceased_date,
  any_value(d.deceased_precision) as deceased_precision,
  any_value(d.deceased_at) as deceased_at,
  any_value(d.deceased_last_date) as deceased_last_date,
  any_value(d.death_record_table) as death_record_table,
  any_value(d.death_record_key) as death_record_key,
  count(distinct birth_date) > 1 as has_birth_date_conflict,
  arg_min(if(len(race_displays) > 1, 'Multiple', race_displays[1]), rank) as race,
  arg_min(ethnicity_display, rank) as ethnicity,
  arg_min(coalesce(marital_status_display, marital_status_code), rank) as marital_status,
  arg_min(postal_code, rank) as zip3,
  arg_min(state, rank) as state,
  arg_min(country, rank) as country,
  arg_min(family_name, rank) as family_name,
  arg_min(given_name, rank) as given_name,
  arg_min(medical_record_number, rank) as mrn,
  count(*) as patient_record_count
from record r
left join staging.death d using (patient_key)
group by r.patient_key
