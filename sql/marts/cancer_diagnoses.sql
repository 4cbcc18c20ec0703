-- one row per tumour; which Conditions make a tumour is written in tumor_conditions (rule tumor-2).
-- Diagnosis date: the preferred one of diagnosis_dates. Stage at diagnosis: the preferred statements of
-- stage_assessments in the context of the diagnosis.
-- First treatment: the earliest linked one from 90 days before the diagnosis on; of one day, one given before one
-- ordered.
with condition as (
  select *, (diagnosis_date, coalesce(code, ''), coalesce(histology_code, ''), condition_key) as age_order
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
      histology_group, (histology_group <> 'carcinoma, other or unspecified', diagnosis_date, histology_group)
    ) as histology_group,
    if(bool_or(behavior = 'malignant'), 'malignant', min(behavior)) as behavior,
    case
      when count(distinct laterality) > 1 then 'bilateral'
      else min(laterality)
    end as laterality,
    min(case laterality_source when 'qualifier' then '0qualifier' else laterality_source end) as laterality_rank,
    bool_or(has_laterality_conflict) as has_laterality_conflict,
    bool_or(has_site_conflict) as has_site_conflict,
    min(grade) as code_grade,
    arg_max(clinical_status, age_order) as clinical_status,
    min(recorded_date) as recorded_date,
    arg_min(recorded_precision, recorded_date) as recorded_precision
  from condition
  group by diagnosis_key
),
stage_group as (
  select * from marts.stage_assessments where context = 'diagnosis' and item = 'group' and diagnosis_key is not null
),
staged as (
  select
    diagnosis_key,
    any_value(struct_pack(
      stage_group := stage_group, stage_subgroup := stage_subgroup, stage_raw := stage_raw, stage_type := stage_type,
      stage_system := stage_system, stage_date := stage_date, stage_precision := stage_precision,
      stage_source := stage_source
    )) filter (where is_preferred) as preferred,
    -- a stage that nobody understands is shown as it is written
    arg_min(struct_pack(
      stage_group := stage_group, stage_subgroup := stage_subgroup, stage_raw := stage_raw, stage_type := stage_type,
      stage_system := stage_system, stage_date := stage_date, stage_precision := stage_precision,
      stage_source := stage_source
    ), (stage_source <> 'observation', coalesce(stage_date, date '9999-12-31'), stage_raw, record_key)) as written,
    bool_or(has_conflict) as has_conflict
  from stage_group
  group by diagnosis_key
),
category as (
  select
    diagnosis_key,
    min(category) filter (where item = 't') as t_category,
    min(category) filter (where item = 'n') as n_category,
    min(category) filter (where item = 'm') as m_category
  from marts.stage_assessments
  where is_preferred and context = 'diagnosis' and item <> 'group'
  group by diagnosis_key
),
metastasis as (
  select diagnosis_key, min(diagnosis_date) as metastasis_date
  from marts.tumor_conditions
  where role = 'secondary' and diagnosis_key is not null
  group by diagnosis_key
),
loose_metastasis as (
  select patient_key, diagnosis_date as metastasis_date
  from marts.tumor_conditions
  where role = 'secondary' and diagnosis_key is null
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
grade_code as (
  select code from codes.stage_observation where item = 'grade'
),
only_tumor as (
  select patient_key, min(diagnosis_key) as diagnosis_key
  from condition
  group by patient_key
  having count(distinct diagnosis_key) = 1
),
grade as (
  select
    coalesce(c.diagnosis_key, u.diagnosis_key) as diagnosis_key,
    arg_min(
      coalesce(o.value_display, o.value_code),
      (coalesce(o.effective_date, o.effective_start_date, date '9999-12-31'), o.observation_key)
    ) as grade,
    count(distinct coalesce(o.value_code, o.value_display)) > 1 as has_conflict
  from staging.observation o
  left join condition c
    on c.condition_key = coalesce(o.focus_condition_key, o.related_condition_key) and c.patient_key = o.patient_key
  left join only_tumor u on u.patient_key = o.patient_key
  where (o.loinc_code in (from grade_code) or o.code in (from grade_code))
    and coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
    and coalesce(c.diagnosis_key, u.diagnosis_key) is not null
  group by coalesce(c.diagnosis_key, u.diagnosis_key)
),
dated as (
  select
    t.*,
    d.diagnosis_date,
    d.diagnosis_precision,
    d.date_source,
    d.record_table,
    d.record_key
  from tumor t
  left join marts.diagnosis_dates d on d.diagnosis_key = t.diagnosis_key and d.is_preferred
),
aged as (
  select
    t.*,
    date_sub('year', p.birth_date, t.diagnosis_date) as age,
    row_number() over (partition by t.patient_key order by t.diagnosis_date, t.diagnosis_key) as tumor_number
  from dated t
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
  coalesce(g.grade, a.code_grade)::varchar as grade,
  coalesce(g.has_conflict, false)::boolean as has_grade_conflict,
  a.laterality::varchar as laterality,
  case a.laterality_rank when '0qualifier' then 'qualifier' else a.laterality_rank end::varchar as laterality_source,
  coalesce(a.has_laterality_conflict, false)::boolean as has_laterality_conflict,
  coalesce(a.has_site_conflict, false)::boolean as has_site_conflict,
  a.clinical_status::varchar as clinical_status,
  a.diagnosis_date::date as diagnosis_date,
  a.diagnosis_precision::varchar as diagnosis_precision,
  a.date_source::varchar as diagnosis_date_source,
  a.record_table::varchar as diagnosis_record_table,
  a.record_key::uuid as diagnosis_record_key,
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
  s.stage.stage_group::varchar as stage_group,
  s.stage.stage_subgroup::varchar as stage_subgroup,
  s.stage.stage_raw::varchar as stage_raw,
  s.stage.stage_type::varchar as stage_type,
  s.stage.stage_system::varchar as stage_system,
  s.stage.stage_date::date as stage_date,
  s.stage.stage_precision::varchar as stage_precision,
  s.stage.stage_source::varchar as stage_source,
  coalesce(s.has_conflict, false)::boolean as has_stage_conflict,
  k.t_category::varchar as t_category,
  k.n_category::varchar as n_category,
  k.m_category::varchar as m_category,
  case
    when m.metastasis_date <= a.diagnosis_date + interval 90 day then true
    when k.m_category like 'M1%' then true
    -- a metastasis that names no primary may be of this tumour
    when l.diagnosis_key is not null then null
    when k.m_category like 'M0%' then false
    when s.stage.stage_group = 'IV' and a.site_group in ('head and neck', 'lymphoma', 'thyroid', 'thymus') then null
    when s.stage.stage_group = 'IV' then true
    when s.stage.stage_group is not null then false
  end::boolean as is_metastatic_at_diagnosis,
  a.condition_count::integer as condition_count,
  f.treatment_key::uuid as first_treatment_key,
  f.treatment_class::varchar as first_treatment_class,
  f.agent::varchar as first_treatment_agent,
  f.start_date::date as first_treatment_date,
  f.start_precision::varchar as first_treatment_precision,
  f.days_from_diagnosis::integer as days_to_first_treatment,
  (treated.diagnosis_key is not null)::boolean as is_treated,
  'tumor-2'::varchar as rule_version
from aged a
left join (
  select diagnosis_key, coalesce(preferred, written) as stage, has_conflict from staged
) s using (diagnosis_key)
left join category k using (diagnosis_key)
left join metastasis m using (diagnosis_key)
left join (
  select distinct t.diagnosis_key
  from dated t
  join loose_metastasis x
    on x.patient_key = t.patient_key and coalesce(x.metastasis_date <= t.diagnosis_date + interval 90 day, true)
) l using (diagnosis_key)
left join first_treatment f using (diagnosis_key)
left join treated using (diagnosis_key)
left join grade g using (diagnosis_key)
