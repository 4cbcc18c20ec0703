-- one row per tumour; which Conditions make a tumour is written in tumor_conditions (rule tumor-1).
-- Diagnosis date: of each Condition the asserted, else the onset, else the recorded date; of the tumour the earliest,
-- where a date known only to the year or month gives way to a finer one inside it.
-- Stage at diagnosis: statements from 90 days before to 180 days after; pathological before clinical before unsaid,
-- an Observation before a stage of a Condition before a stage inside a diagnosis code, then the earliest.
-- First treatment: the earliest linked one from 90 days before the diagnosis on; of one day, one given before one
-- ordered.
with condition as (
  select
    *,
    case diagnosis_precision
      when 'year' then diagnosis_date + interval 1 year
      when 'month' then diagnosis_date + interval 1 month
      else diagnosis_date + interval 1 day
    end as diagnosis_end,
    (diagnosis_date, condition_key) as age_order
  from marts.tumor_conditions
  where role = 'primary'
),
tumor as (
  select
    diagnosis_key,
    any_value(patient_key) as patient_key,
    min(site_group) as site_group,
    count(*) as condition_count,
    arg_min(body_site_code, age_order) as body_site_code,
    arg_min(body_site_system, age_order) filter (where body_site_code is not null) as body_site_system,
    arg_min(body_site_display, age_order) filter (where body_site_code is not null) as body_site_display,
    arg_max(code, age_order) as code,
    arg_max(code_system, age_order) filter (where code is not null) as code_system,
    arg_max(code_display, age_order) filter (where code is not null) as code_display,
    arg_max(histology_code, age_order) as histology_code,
    arg_max(histology_system, age_order) filter (where histology_code is not null) as histology_system,
    arg_max(histology_display, age_order) filter (where histology_code is not null) as histology_display,
    arg_max(code, age_order) filter (where histology_group is not null) as histology_condition_code,
    arg_max(code_system, age_order) filter (where histology_group is not null) as histology_condition_system,
    arg_max(code_display, age_order) filter (where histology_group is not null) as histology_condition_display,
    arg_max(
      histology_group, (histology_group <> 'carcinoma, other or unspecified', diagnosis_date, condition_key)
    ) as histology_group,
    if(bool_or(behavior = 'malignant'), 'malignant', min(behavior)) as behavior,
    case
      when count(distinct laterality) > 1 then 'bilateral'
      else min(laterality)
    end as laterality,
    arg_max(clinical_status, age_order) as clinical_status,
    arg_min(diagnosis_date, (diagnosis_end, diagnosis_date, condition_key)) as diagnosis_date,
    arg_min(diagnosis_precision, (diagnosis_end, diagnosis_date, condition_key)) as diagnosis_precision,
    arg_min(diagnosis_date_source, (diagnosis_end, diagnosis_date, condition_key)) as diagnosis_date_source,
    min(recorded_date) as recorded_date,
    arg_min(recorded_precision, recorded_date) as recorded_precision
  from condition
  group by diagnosis_key
),
stage as (
  select
    s.*,
    (
      case s.stage_type when 'pathological' then 0 when 'clinical' then 1 else 2 end,
      case s.stage_source when 'observation' then 0 when 'condition-stage' then 1 else 2 end,
      coalesce(s.stage_date, date '9999-12-31'),
      s.stage_key
    ) as preference
  from marts.stage_assessments s
  join tumor t using (diagnosis_key)
  where coalesce(date_diff('day', t.diagnosis_date, s.stage_date) between -90 and 180, true)
),
staged as (
  select
    diagnosis_key,
    arg_min(stage_group, preference) filter (where item = 'group') as stage_group,
    arg_min(stage_subgroup, preference) filter (where item = 'group' and stage_group is not null) as stage_subgroup,
    arg_min(stage_raw, (stage_group is null, preference)) filter (where item = 'group') as stage_raw,
    arg_min(struct_pack(v := stage_type), (stage_group is null, preference)) filter (where item = 'group')
      as stage_type,
    arg_min(struct_pack(v := stage_system), (stage_group is null, preference)) filter (where item = 'group')
      as stage_system,
    arg_min(struct_pack(v := stage_date, p := stage_precision), (stage_group is null, preference))
      filter (where item = 'group') as stage_date,
    arg_min(stage_source, (stage_group is null, preference)) filter (where item = 'group') as stage_source,
    count(distinct stage_group) filter (where item = 'group') > 1 as has_stage_conflict,
    arg_min(category, preference) filter (where item = 't') as t_category,
    arg_min(category, preference) filter (where item = 'n') as n_category,
    arg_min(category, preference) filter (where item = 'm') as m_category
  from stage
  group by diagnosis_key
),
metastasis as (
  select diagnosis_key, min(diagnosis_date) as metastasis_date
  from marts.tumor_conditions
  where role = 'secondary' and diagnosis_key is not null
  group by diagnosis_key
),
first_treatment as (
  select distinct on (t.diagnosis_key) t.*
  from marts.treatments t
  where t.diagnosis_key is not null and t.days_from_diagnosis >= -90
  order by
    t.diagnosis_key, t.start_date, t.source_type in ('order', 'statement'), t.treatment_class, t.treatment_key
),
treated as (
  select distinct diagnosis_key from marts.treatments where diagnosis_key is not null
),
grade as (
  select o.focus_condition_key as condition_key, min(coalesce(o.value_display, o.value_code)) as grade
  from staging.observation o
  where o.loinc_code in ('33732-9', '21858-6')
    and coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
  group by o.focus_condition_key
),
graded as (
  select c.diagnosis_key, min(g.grade) as grade
  from condition c
  join grade g using (condition_key)
  group by c.diagnosis_key
),
aged as (
  select
    t.*,
    date_sub('year', p.birth_date, t.diagnosis_date) as age,
    row_number() over (partition by t.patient_key order by t.diagnosis_date, t.diagnosis_key) as tumor_number
  from tumor t
  left join staging.person p using (patient_key)
)
select
  a.diagnosis_key::uuid as diagnosis_key,
  a.patient_key::uuid as patient_key,
  a.tumor_number::integer as tumor_number,
  a.site_group::varchar as site_group,
  coalesce(a.body_site_code, a.code)::varchar as topography_code,
  if(a.body_site_code is not null, a.body_site_system, a.code_system)::varchar as topography_system,
  if(a.body_site_code is not null, a.body_site_display, a.code_display)::varchar as topography_display,
  coalesce(a.histology_code, a.histology_condition_code)::varchar as histology_code,
  if(a.histology_code is not null, a.histology_system, a.histology_condition_system)::varchar as histology_system,
  if(a.histology_code is not null, a.histology_display, a.histology_condition_display)::varchar as histology_display,
  a.histology_group::varchar as histology_group,
  a.behavior::varchar as behavior,
  graded.grade::varchar as grade,
  a.laterality::varchar as laterality,
  a.clinical_status::varchar as clinical_status,
  a.diagnosis_date::date as diagnosis_date,
  a.diagnosis_precision::varchar as diagnosis_precision,
  a.diagnosis_date_source::varchar as diagnosis_date_source,
  year(a.diagnosis_date)::integer as diagnosis_year,
  a.recorded_date::date as recorded_date,
  a.recorded_precision::varchar as recorded_precision,
  if(a.age >= 0, a.age, null)::integer as age_at_diagnosis_years,
  case
    when a.age is null or a.age < 0 then 'unknown'
    when a.age < 18 then '0-17'
    when a.age < 40 then '18-39'
    when a.age < 50 then '40-49'
    when a.age < 60 then '50-59'
    when a.age < 70 then '60-69'
    when a.age < 80 then '70-79'
    else '80+'
  end::varchar as age_band,
  s.stage_group::varchar as stage_group,
  s.stage_subgroup::varchar as stage_subgroup,
  s.stage_raw::varchar as stage_raw,
  s.stage_type.v::varchar as stage_type,
  s.stage_system.v::varchar as stage_system,
  s.stage_date.v::date as stage_date,
  s.stage_date.p::varchar as stage_precision,
  s.stage_source::varchar as stage_source,
  coalesce(s.has_stage_conflict, false)::boolean as has_stage_conflict,
  s.t_category::varchar as t_category,
  s.n_category::varchar as n_category,
  s.m_category::varchar as m_category,
  case
    when m.metastasis_date <= a.diagnosis_date + interval 90 day then true
    when s.m_category like 'M1%' then true
    when s.m_category like 'M0%' then false
    when s.stage_group = 'IV' and a.site_group in ('head and neck', 'lymphoma', 'thyroid', 'thymus') then null
    when s.stage_group = 'IV' then true
    when s.stage_group is not null then false
  end::boolean as is_metastatic_at_diagnosis,
  a.condition_count::integer as condition_count,
  f.treatment_key::uuid as first_treatment_key,
  f.treatment_class::varchar as first_treatment_class,
  f.agent::varchar as first_treatment_agent,
  f.start_date::date as first_treatment_date,
  f.start_precision::varchar as first_treatment_precision,
  f.days_from_diagnosis::integer as days_to_first_treatment,
  (treated.diagnosis_key is not null)::boolean as is_treated
from aged a
left join staged s using (diagnosis_key)
left join metastasis m using (diagnosis_key)
left join first_treatment f using (diagnosis_key)
left join treated using (diagnosis_key)
left join graded using (diagnosis_key)
