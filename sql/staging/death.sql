-- one row per person of whom a record says that they have died.
-- The date is that of the Patient record (one in use before one replaced), else of a date-of-death Observation, else
-- the end of an encounter whose discharge says that the person died. A date known only to the year or month gives way
-- to a finer one inside it. A date before the birth is no date. The cause is what a cause-of-death Observation codes;
-- where several code different causes it stays unknown.
with record as (
  select
    patient_key,
    birth_date,
    deceased_date,
    deceased_precision,
    deceased_at,
    is_deceased,
    patient_record_key,
    row_number() over (
      partition by patient_key
      order by replaced_by_key is not null, coalesce(is_active, true) desc, source, patient_record_key
    ) as rank
  from staging.patient
  where patient_key is not null
),
birth as (
  select patient_key, min(birth_date) as birth_date from record group by patient_key
),
said as (
  select patient_key, 0 as kind, rank, 'patient' as death_source, deceased_date as died, deceased_precision as precision,
    deceased_at as died_at, 'staging.patient' as record_table, patient_record_key as record_key
  from record
  where coalesce(is_deceased, false) or deceased_date is not null
  union all
  select patient_key, 1, 0, 'certificate', value_date, value_precision, value_at,
    'staging.observation', observation_key
  from staging.observation
  where loinc_code = '81956-5' and value_date is not null
    and coalesce(status, 'final') not in ('entered-in-error', 'cancelled', 'preliminary', 'registered')
  union all
  select patient_key, 2, 0, 'discharge', end_date, end_precision, end_at,
    'staging.encounter', encounter_key
  from staging.encounter
  where discharge_disposition_code in ('exp', '20', '40', '41', '42', '371828006', '419099009')
    and coalesce(status, 'finished') not in ('cancelled', 'entered-in-error', 'planned')
),
dated as (
  select
    s.* replace (
      if(c.is_before_birth, null, s.died) as died,
      if(c.is_before_birth, null, s.precision) as precision,
      if(c.is_before_birth, null, s.died_at) as died_at
    ),
    c.is_before_birth,
    if(c.is_before_birth, null, c.last) as last
  from said s
  left join birth b using (patient_key)
  cross join lateral (
    select case s.precision
      when 'year' then (s.died + interval 1 year - interval 1 day)::date
      when 'month' then (s.died + interval 1 month - interval 1 day)::date
      else s.died
    end as last
  ) d
  cross join lateral (select d.last as last, coalesce(d.last < b.birth_date, false) as is_before_birth) c
  where s.patient_key is not null
),
first_said as (
  select
    patient_key,
    arg_min(died, (kind, rank, died)) as died,
    arg_min(last, (kind, rank, died)) as last,
    max(died) > min(last) as has_date_conflict,
    bool_or(is_before_birth) as has_date_before_birth
  from dated
  group by patient_key
),
chosen as (
  select
    f.patient_key,
    arg_min(
      struct_pack(
        died := d.died, died_precision := d.precision, died_at := d.died_at, last := d.last, source := d.death_source,
        record_table := d.record_table, record_key := d.record_key
      ),
      (d.last - d.died, d.kind, d.rank, d.died, d.record_key)
    ) as death
  from first_said f
  join dated d on d.patient_key = f.patient_key and d.died between f.died and f.last and d.last <= f.last
  group by f.patient_key
),
undated as (
  select
    patient_key,
    arg_min(
      struct_pack(source := death_source, record_table := record_table, record_key := record_key), (kind, rank, record_key)
    ) as death
  from dated
  group by patient_key
),
cause as (
  select
    patient_key,
    min(value_code) as code,
    min(value_system) as system,
    min(value_display) as display,
    min(observation_key) as record_key,
    count(distinct (value_system, value_code)) as causes
  from staging.observation
  where loinc_code = '69453-9' and value_code is not null
    and coalesce(status, 'final') not in ('entered-in-error', 'cancelled', 'registered')
  group by patient_key
)
select
  f.patient_key,
  c.death.died as deceased_date,
  c.death.died_precision as deceased_precision,
  c.death.died_at as deceased_at,
  c.death.last as deceased_last_date,
  coalesce(c.death.source, u.death.source) as death_source,
  coalesce(c.death.record_table, u.death.record_table) as death_record_table,
  coalesce(c.death.record_key, u.death.record_key) as death_record_key,
  coalesce(f.has_date_conflict, false) as has_death_date_conflict,
  f.has_date_before_birth as has_death_before_birth,
  if(k.causes = 1, k.code, null) as cause_code,
  if(k.causes = 1, k.system, null) as cause_system,
  if(k.causes = 1, k.display, null) as cause_display,
  if(k.causes = 1, k.record_key, null) as cause_record_key,
  coalesce(k.causes > 1, false) as has_cause_conflict
from first_said f
join undated u using (patient_key)
left join chosen c using (patient_key)
left join cause k using (patient_key)
