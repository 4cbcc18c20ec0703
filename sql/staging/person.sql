-- one row per person with a Patient record: what the records of the person say together.
-- A record in use and not replaced speaks before the others; the first record with a value gives it.
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
  patient_key,
  arg_min(gender, rank) as sex,
  arg_min(birth_date, rank) as birth_date,
  arg_min(birth_precision, rank) filter (where birth_date is not null) as birth_precision,
  bool_or(is_birth_date_withheld) and count(birth_date) = 0 as is_birth_date_withheld,
  bool_or(coalesce(is_deceased, false) or deceased_date is not null) as is_deceased,
  arg_min(deceased_date, rank) as deceased_date,
  arg_min(deceased_precision, rank) filter (where deceased_date is not null) as deceased_precision,
  arg_min(deceased_at, rank) filter (where deceased_date is not null) as deceased_at,
  count(distinct deceased_date) > 1 as has_death_date_conflict,
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
from record
group by patient_key
