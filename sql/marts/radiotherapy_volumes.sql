-- one row per volume of a radiotherapy course and dose that is recorded for it.
-- Doses are in Gy (cGy divided by 100, mGy by 1000); a dose in any other unit is unknown. The same volume told by
-- several records of a course is one row, or one for each dose where they contradict each other.
with told as (
  select
    t.treatment_key,
    t.patient_key,
    d.procedure_key,
    d.volume_key,
    b.location_code,
    b.location_system,
    b.location_display,
    array_to_string(list_sort(b.location_qualifier_codes), '|') as location_qualifier_codes,
    b.morphology_code,
    b.morphology_display,
    round(d.total_dose * case lower(coalesce(d.total_dose_unit, d.total_dose_unit_text))
      when 'gy' then 1 when 'gray' then 1 when 'cgy' then 0.01 when 'mgy' then 0.001
    end, 4) as dose_gy,
    d.total_dose,
    coalesce(d.total_dose_unit, d.total_dose_unit_text) as dose_unit,
    d.fractions_delivered
  from staging.radiotherapy_dose d
  join marts.treatment_records t
    on t.record_table = 'staging.procedure' and t.record_key = d.procedure_key and t.treatment_class = 'radiotherapy'
  left join staging.body_structure b on b.body_structure_key = d.volume_key
),
placed as (
  select
    *,
    if(dose_gy is null, total_dose, null) as unread_dose,
    if(dose_gy is null, dose_unit, null) as unread_unit,
    concat_ws('|', location_code, coalesce(location_qualifier_codes, ''), morphology_code) as place,
    row_number() over (
      partition by treatment_key, procedure_key, location_code, location_qualifier_codes, morphology_code
      order by dose_gy desc nulls last, fractions_delivered desc nulls last, total_dose, volume_key
    ) as ordinal
  from told
),
volume as (
  select
    treatment_key,
    any_value(patient_key) as patient_key,
    place,
    ordinal,
    dose_gy,
    unread_dose,
    unread_unit,
    fractions_delivered,
    arg_min(struct_pack(dose := total_dose, unit := dose_unit), (dose_unit, total_dose)) as recorded,
    min(volume_key) as volume_key,
    any_value(location_code) as location_code,
    any_value(location_system) as location_system,
    any_value(location_display) as location_display,
    any_value(location_qualifier_codes) as location_qualifier_codes,
    any_value(morphology_code) as morphology_code,
    any_value(morphology_display) as morphology_display,
    count(distinct procedure_key) as records
  from placed
  group by treatment_key, place, ordinal, dose_gy, unread_dose, unread_unit, fractions_delivered
)
select
  md5(concat_ws('|', 'volume', treatment_key, place, ordinal, coalesce(dose_gy::varchar, '-'),
    coalesce(unread_dose::varchar, '-'), coalesce(unread_unit, '-'), coalesce(fractions_delivered::varchar, '-')))::uuid
    as radiotherapy_volume_key,
  treatment_key::uuid as treatment_key,
  patient_key::uuid as patient_key,
  volume_key::uuid as body_structure_key,
  location_code::varchar as location_code,
  location_system::varchar as location_system,
  location_display::varchar as location_display,
  location_qualifier_codes::varchar as location_qualifier_codes,
  morphology_code::varchar as morphology_code,
  morphology_display::varchar as morphology_display,
  dose_gy::double as dose_gy,
  recorded.dose::double as recorded_dose,
  recorded.unit::varchar as recorded_dose_unit,
  fractions_delivered::integer as fraction_count,
  (count(*) over (partition by treatment_key, place, ordinal) > 1)::boolean as has_dose_conflict,
  records::integer as record_count
from volume
