-- one row per performance status that a record states, on the scale it was taken with.
-- Rule performance-1 (docs/marts/performance_status.md). The score is the number, else the coded answer, else the
-- interpretation; a number outside its scale is no score. No scale is turned into another.
with scale as (
  select o.observation_key, p.scale
  from staging.observation o
  join codes.performance_status p on p.system = 'loinc' and p.code = o.loinc_code and coalesce(p.score, '') = ''
  union
  select o.observation_key, p.scale
  from staging.observation o
  join codes.performance_status p on p.system = 'snomed' and p.code = o.snomed_code and coalesce(p.score, '') = ''
  union
  select o.observation_key, p.scale
  from staging.observation o
  left join codes.code_system s on s.uri = o.code_system
  join codes.performance_status p
    on p.system = coalesce(s.system, o.code_system) and p.code = upper(replace(o.code, '.', ''))
    and coalesce(p.score, '') = ''
),
one_scale as (
  select observation_key, min(scale) as scale from scale group by observation_key having count(*) = 1
),
only_tumor as (
  select patient_key, min(diagnosis_key) as diagnosis_key
  from marts.tumor_conditions
  where role = 'primary'
  group by patient_key
  having count(distinct diagnosis_key) = 1
),
answer as (
  select code, scale, max(score::integer) as score
  from codes.performance_status
  where coalesce(score, '') <> ''
  group by code, scale
),
read_status as (
  select
    o.*,
    c.scale,
    coalesce(o.value_integer, o.value_number) as number,
    coalesce(a.score, s.score) as answer_score,
    i.score as interpretation_score,
    coalesce(o.effective_date, o.effective_instant_date, o.effective_start_date) as status_date,
    case
      when o.effective_date is not null then o.effective_precision
      when o.effective_instant_date is not null then o.effective_instant_precision
      else o.effective_start_precision
    end as status_precision,
    coalesce(named.diagnosis_key, u.diagnosis_key) as diagnosis_key,
    case when named.diagnosis_key is not null then 'reference' when u.diagnosis_key is not null then 'only-tumor' end
      as diagnosis_link
  from staging.observation o
  join one_scale c using (observation_key)
  left join answer a on a.code = o.value_code and a.scale = c.scale
  left join answer s on s.code = o.value_snomed and s.scale = c.scale
  left join answer i on i.code = o.interpretation_code and i.scale = c.scale
  left join marts.tumor_conditions named
    on named.condition_key = coalesce(o.focus_condition_key, o.related_condition_key)
    and named.patient_key = o.patient_key
  left join only_tumor u on u.patient_key = o.patient_key
  where o.patient_key is not null
    and coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled', 'registered')
),
scored as (
  select
    *,
    case
      when number <> floor(number) then null
      when scale = 'ECOG' and number between 0 and 5 then number
      when scale in ('KPS', 'Lansky') and number between 0 and 100 and number % 10 = 0 then number
    end::integer as number_score
  from read_status
)
select
  s.observation_key::uuid as performance_status_key,
  s.patient_key::uuid as patient_key,
  s.diagnosis_key::uuid as diagnosis_key,
  s.diagnosis_link::varchar as diagnosis_link,
  s.scale::varchar as scale,
  if(s.number is not null, s.number_score, coalesce(s.answer_score, s.interpretation_score))::integer as score,
  case
    when s.number_score is not null then 'number'
    when s.number is not null then null
    when s.answer_score is not null then 'answer'
    when s.interpretation_score is not null then 'interpretation'
  end::varchar as score_source,
  s.number::double as value_number,
  s.value_code::varchar as value_code,
  s.interpretation_code::varchar as interpretation,
  s.status::varchar as status,
  s.status_date::date as status_date,
  s.status_precision::varchar as status_precision,
  (s.status_date - d.diagnosis_date)::integer as days_from_diagnosis,
  case
    when s.status_date - d.diagnosis_date < -90 then 'before'
    when s.status_date - d.diagnosis_date <= 180 then 'diagnosis'
    when s.status_date - d.diagnosis_date > 180 then 'later'
  end::varchar as diagnosis_window,
  coalesce(
    s.number_score <> s.answer_score or s.number_score <> s.interpretation_score
      or s.answer_score <> s.interpretation_score,
    false
  )::boolean as has_conflict,
  (row_number() over (
    partition by s.patient_key, s.scale, s.number, s.value_code, s.interpretation_code, s.status_date
    order by s.observation_key
  ) > 1 and s.status_date is not null)::boolean as is_repeat,
  'performance-1'::varchar as rule_version,
  s.source::varchar as source
from scored s
left join marts.diagnosis_dates d on d.diagnosis_key = s.diagnosis_key and d.is_preferred
