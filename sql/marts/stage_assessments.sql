-- one row per statement of a stage group or of a T, N or M category.
-- A code spells its stage (3C, IIIC, Stage IIIC, cT2a), is in codes.stage_value, or has a display that spells it.
with statement as (
  select
    o.patient_key,
    o.observation_key as record_key,
    o.focus_condition_key as condition_key,
    s.item,
    nullif(s.stage_type, '') as stage_type,
    coalesce(o.method_display, o.method_code) as stage_system,
    o.value_system as system,
    o.value_code as code,
    o.value_display as display,
    coalesce(o.effective_date, o.effective_start_date) as stage_date,
    if(o.effective_date is not null, o.effective_precision, o.effective_start_precision) as stage_precision,
    'observation' as stage_source,
    o.source
  from staging.observation o
  join codes.stage_observation s
    on (s.system = 'http://loinc.org' and s.code::varchar = o.loinc_code)
    or (s.system = 'http://snomed.info/sct' and s.code::varchar = o.snomed_code)
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
  union all
  select
    c.patient_key,
    s.condition_key,
    s.condition_key,
    null,
    case
      when s.type_code in ('260998006', '399537006') or lower(s.type_display) like '%clinical%' then 'clinical'
      when s.type_code in ('261023001', '399588009') or lower(s.type_display) like '%patholog%' then 'pathological'
    end,
    s.summary_system,
    s.summary_system,
    s.summary_code,
    s.summary_display,
    c.diagnosis_date,
    c.diagnosis_precision,
    'condition-stage',
    c.source
  from staging.condition_stage s
  join marts.tumor_conditions c using (condition_key)
  union all
  select
    patient_key, condition_key, condition_key, 'group', null, code_system, code_system, code,
    'Stage ' || stage_group, diagnosis_date, diagnosis_precision, 'condition-code', source
  from marts.tumor_conditions
  where stage_group is not null and role = 'primary'
),
spelled as (
  select
    s.*,
    coalesce(s.code, s.display) as raw,
    regexp_extract(
      upper(replace(coalesce(s.code, ''), ' ', '')),
      '^(?:STAGE|STADIUM|[CPY]{1,2})?(0|IV|III|II|I|[1-4])([ABCDE]?[1-3]?)$', ['base', 'rest']
    ) as of_code,
    regexp_extract(
      upper(coalesce(s.display, '')), '(?:^|\b(?:STAGE|STADIUM) )(0|IV|III|II|I|[1-4])([ABCDE]?[1-3]?)\b', ['base', 'rest']
    ) as of_display,
    v.stage_subgroup as of_table,
    coalesce(
      nullif(regexp_extract(coalesce(s.code, ''), '^[cpyra]*([TNM](?:[0-4]|X|is|a)[a-z0-9()+]*)$', 1), ''),
      nullif(regexp_extract(coalesce(s.display, ''), '\b[cpyra]*([TNM](?:[0-4]|X|is|a)[a-z0-9()+]*)\b', 1), '')
    ) as category
  from statement s
  left join codes.stage_value v on v.system = s.system and v.code::varchar = s.code
),
normalised as (
  select
    *,
    coalesce(
      of_table,
      case of_code.base when '' then null when '1' then 'I' when '2' then 'II' when '3' then 'III' when '4' then 'IV'
        else of_code.base end || of_code.rest,
      case of_display.base when '' then null when '1' then 'I' when '2' then 'II' when '3' then 'III' when '4' then 'IV'
        else of_display.base end || of_display.rest
    ) as stage_subgroup,
    coalesce(item, if(category is null, 'group', lower(left(category, 1)))) as stage_item
  from spelled
),
only_tumor as (
  select patient_key, min(diagnosis_key) as diagnosis_key
  from marts.tumor_conditions
  where role = 'primary'
  group by patient_key
  having count(distinct diagnosis_key) = 1
),
assessed as (
  select s.assessment_key as observation_key, c.patient_key, min(c.diagnosis_key) as diagnosis_key
  from staging.condition_stage s
  join marts.tumor_conditions c using (condition_key)
  where s.assessment_key is not null
  group by s.assessment_key, c.patient_key
)
select
  md5(concat_ws('|', 'stage', n.stage_source, n.record_key, n.stage_item, n.raw))::uuid as stage_key,
  n.patient_key::uuid as patient_key,
  min(coalesce(named.diagnosis_key, assessed.diagnosis_key, only_tumor.diagnosis_key))::uuid as diagnosis_key,
  n.stage_source::varchar as stage_source,
  n.record_key::uuid as record_key,
  n.stage_item::varchar as item,
  min(n.stage_type)::varchar as stage_type,
  min(n.stage_system)::varchar as stage_system,
  min(if(n.stage_item = 'group', regexp_extract(n.stage_subgroup, '^(0|IV|III|II|I)'), null))::varchar
    as stage_group,
  min(if(n.stage_item = 'group', n.stage_subgroup, null))::varchar as stage_subgroup,
  min(if(n.stage_item = 'group', null, n.category))::varchar as category,
  n.raw::varchar as stage_raw,
  min(n.stage_date)::date as stage_date,
  min(n.stage_precision)::varchar as stage_precision,
  min(n.source)::varchar as source
from normalised n
left join marts.tumor_conditions named
  on named.condition_key = n.condition_key
  and named.patient_key = n.patient_key
left join assessed on assessed.observation_key = n.record_key and assessed.patient_key = n.patient_key
left join only_tumor on only_tumor.patient_key = n.patient_key
where n.patient_key is not null and n.raw is not null
group by n.stage_source, n.record_key, n.patient_key, n.stage_item, n.raw
