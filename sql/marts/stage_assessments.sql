-- one row per statement of a stage group or of a T, N or M category.
-- Rule stage-2 (docs/marts/stage_assessments.md). A code spells its stage (3C, IIIC, Stage IIIC, cT2a), is in
-- codes.code_map, or has a display that spells it. Context: diagnosis (from 90 days before to 180 days after it, or
-- undated), post-therapy (y, or pathological after treatment that came before the operation), later. Preferred in its
-- context: understood, pathological before clinical before unsaid, an Observation before a stage of a Condition before
-- one inside a diagnosis code, then the earliest, then the finer (IIA before II). Statements of one kind that say different things are in conflict.
with observation_item as (
  select o.observation_key, s.item, nullif(s.stage_type, '') as stage_type,
    nullif(s.staging_system, '') as staging_system, s.system as item_system, s.code as item_code
  from staging.observation o
  join codes.stage_observation s on s.system = 'loinc' and s.code = o.loinc_code
  union
  select o.observation_key, s.item, nullif(s.stage_type, ''), nullif(s.staging_system, ''), s.system, s.code
  from staging.observation o
  join codes.stage_observation s on s.system = 'snomed' and s.code = o.snomed_code
  union
  select o.observation_key, s.item, nullif(s.stage_type, ''), nullif(s.staging_system, ''), s.system, s.code
  from staging.observation o
  left join codes.code_system u on u.uri = o.code_system
  join codes.stage_observation s
    on s.system = coalesce(u.system, o.code_system) and s.code = upper(replace(o.code, '.', ''))
),
item as (
  select
    observation_key, min(item) as item, min(stage_type) as stage_type, min(staging_system) as staging_system,
    min(item_system) as item_system, min(item_code) as item_code
  from observation_item
  where item <> 'grade'
  group by observation_key
),
statement as (
  select
    o.patient_key,
    o.observation_key as record_key,
    coalesce(o.focus_condition_key, o.related_condition_key) as condition_key,
    null::uuid as assessment_key,
    s.item,
    s.stage_type,
    s.staging_system,
    s.item_system,
    s.item_code,
    o.method_system,
    o.method_code,
    o.method_display,
    coalesce(o.method_display, o.method_code) as stage_system,
    o.value_system as system,
    o.value_code as code,
    o.value_display as display,
    coalesce(o.effective_date, o.effective_start_date) as stage_date,
    if(o.effective_date is not null, o.effective_precision, o.effective_start_precision) as stage_precision,
    'observation' as stage_source,
    o.source
  from staging.observation o
  join item s using (observation_key)
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
  union all by name
  select
    c.patient_key,
    s.condition_key as record_key,
    s.condition_key,
    s.assessment_key,
    case
      when s.type_code in ('260998006', '399537006') or lower(s.type_display) like '%clinical%' then 'clinical'
      when s.type_code in ('261023001', '399588009') or lower(s.type_display) like '%patholog%' then 'pathological'
    end as stage_type,
    s.summary_system as method_system,
    null as method_code,
    null as method_display,
    s.summary_system as stage_system,
    s.summary_system as system,
    s.summary_code as code,
    s.summary_display as display,
    c.diagnosis_date as stage_date,
    c.diagnosis_precision as stage_precision,
    'condition-stage' as stage_source,
    c.source
  from staging.condition_stage s
  join marts.tumor_conditions c using (condition_key)
  where c.role <> 'refuted'
  union all by name
  select
    patient_key, condition_key as record_key, condition_key, 'group' as item, code_system as stage_system,
    code_system as system, code, 'Stage ' || stage_group as display, diagnosis_date as stage_date,
    diagnosis_precision as stage_precision, 'condition-code' as stage_source, source
  from marts.tumor_conditions
  where stage_group is not null and role = 'primary'
),
value_meaning as (
  select k.system as uri, k.code, m.facet, min(m.value) as value
  from (select distinct system, code from statement where code is not null) k
  left join (select distinct uri, system from codes.code_system) u on u.uri = k.system
  join codes.code_map m on m.system = coalesce(u.system, k.system) and m.code = upper(replace(k.code, '.', ''))
  where m.facet in ('stage', 't', 'n', 'm', 'stage_type')
  group by k.system, k.code, m.facet
),
mapped as (
  select
    uri,
    code,
    min(value) filter (where facet = 'stage') as stage,
    min(value) filter (where facet = 'stage_type') as stage_type,
    min(value) filter (where facet in ('t', 'n', 'm')) as category
  from value_meaning
  group by uri, code
),
method_meaning as (
  select distinct u.uri, y.code, y.staging_system, y.edition
  from codes.staging_system y
  join codes.code_system u on u.system = y.system
),
spelled as (
  select
    s.*,
    coalesce(s.code, s.display) as raw,
    regexp_extract(
      upper(replace(coalesce(s.code, ''), ' ', '')),
      '^(?:STAGE|STADIUM|[CPYRA]{1,3})?(0|IV|III|II|I|[1-4])([ABCDE]?[1-3]?)$', ['base', 'rest']
    ) as of_code,
    regexp_extract(
      upper(coalesce(s.display, '')), '(?:^|\b(?:STAGE|STADIUM) )(0|IV|III|II|I|[1-4])([ABCDE]?[1-3]?)\b', ['base', 'rest']
    ) as of_display,
    v.stage as of_table,
    v.stage_type as table_type,
    coalesce(
      v.category,
      nullif(regexp_extract(coalesce(s.code, ''), '^[cpyra]*([TNM](?:[0-4]|X|is|a)[a-z0-9()+]*)$', 1), ''),
      nullif(regexp_extract(coalesce(s.display, ''), '\b[cpyra]*([TNM](?:[0-4]|X|is|a)[a-z0-9()+]*)\b', 1), '')
    ) as category,
    coalesce(
      nullif(regexp_extract(
        coalesce(s.code, ''),
        '^([cpyra]{1,3})(?:[TNM](?:[0-4]|X|is|a)[A-Za-z0-9()+]*|(?:0|IV|III|II|I|[1-4])[A-Ea-e]?[1-3]?)$', 1
      ), ''),
      nullif(regexp_extract(coalesce(s.display, ''), '\b([cpyra]{1,3})[TNM](?:[0-4]|X|is|a)', 1), ''),
      nullif(regexp_extract(coalesce(s.display, ''), '\b(yc|yp)\b', 1), '')
    ) as prefix,
    y.staging_system as method_staging_system,
    y.edition as method_edition,
    i.staging_system as item_staging_system,
    i.edition as item_edition
  from statement s
  left join mapped v on v.uri = s.system and v.code = s.code
  left join method_meaning y on y.uri = s.method_system and y.code = s.method_code
  left join codes.staging_system i on i.system = s.item_system and i.code = s.item_code
),
typed as (
  select
    *,
    coalesce(
      case
        when prefix like '%y%' then 'post-therapy'
        when prefix like '%r%' then 'recurrence'
        when prefix like '%a%' then 'autopsy'
      end,
      stage_type,
      case when prefix like '%p%' then 'pathological' when prefix like '%c%' then 'clinical' end,
      table_type
    ) as type,
    coalesce(
      method_staging_system,
      item_staging_system,
      staging_system,
      case
        when regexp_matches(coalesce(method_display, ''), 'AJCC|American Joint') then 'AJCC'
        when regexp_matches(coalesce(method_display, ''), 'UICC|Union for International Cancer') then 'UICC'
        when regexp_matches(coalesce(method_display, ''), 'FIGO|Federation of Gyn') then 'FIGO'
        when regexp_matches(coalesce(method_display, ''), 'Ann Arbor') then 'Ann Arbor'
        when regexp_matches(coalesce(method_display, ''), 'Lugano') then 'Lugano'
        when system = 'http://cancerstaging.org' or regexp_matches(coalesce(display, ''), '^American Joint Committee')
          then 'AJCC'
      end
    ) as staging_system_name,
    coalesce(
      nullif(method_edition, ''),
      nullif(item_edition, ''),
      nullif(regexp_extract(coalesce(method_display, ''), '\b(\d{1,2})(?:st|nd|rd|th) (?:edition|version|ed\b)', 1), ''),
      nullif(regexp_extract(coalesce(method_display, ''), '\b[vV](?:ersion )?(\d{1,2})\b', 1), '')
    ) as edition,
    coalesce(
      of_table,
      case of_code.base when '' then null when '1' then 'I' when '2' then 'II' when '3' then 'III' when '4' then 'IV'
        else of_code.base end || of_code.rest,
      case of_display.base when '' then null when '1' then 'I' when '2' then 'II' when '3' then 'III' when '4' then 'IV'
        else of_display.base end || of_display.rest
    ) as stage_subgroup,
    coalesce(item, if(category is null, 'group', lower(left(category, 1)))) as stage_item
  from spelled
  where patient_key is not null and raw is not null
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
  having count(distinct c.diagnosis_key) = 1
),
kept as (
  select
    n.stage_source,
    n.record_key,
    n.patient_key,
    n.stage_item as item,
    n.raw,
    min(coalesce(named.diagnosis_key, assessed.diagnosis_key, only_tumor.diagnosis_key)) as diagnosis_key,
    min(n.type) as stage_type,
    min(n.stage_system) as stage_system,
    min(n.staging_system_name) as staging_system,
    min(n.edition) as edition,
    min(if(n.stage_item = 'group', n.stage_subgroup, null)) as stage_subgroup,
    min(if(n.stage_item = 'group', null, n.category)) as category,
    min(n.stage_date) as stage_date,
    min(n.stage_precision) as stage_precision,
    min(n.assessment_key) as assessment_key,
    min(n.source) as source
  from typed n
  left join marts.tumor_conditions named
    on named.condition_key = n.condition_key and named.patient_key = n.patient_key
  left join assessed on assessed.observation_key = n.record_key and assessed.patient_key = n.patient_key
  left join only_tumor on only_tumor.patient_key = n.patient_key
  group by n.stage_source, n.record_key, n.patient_key, n.stage_item, n.raw
),
-- a stage of a Condition is of the kind of the Observation that it cites
cited as (
  select
    k.* exclude (stage_type, staging_system, edition),
    coalesce(k.stage_type, o.stage_type) as stage_type,
    coalesce(k.staging_system, o.staging_system) as staging_system,
    coalesce(k.edition, o.edition) as edition
  from kept k
  left join (
    select patient_key, record_key, min(stage_type) as stage_type, min(staging_system) as staging_system,
      min(edition) as edition
    from kept
    where stage_source = 'observation'
    group by patient_key, record_key
  ) o on o.record_key = k.assessment_key and o.patient_key = k.patient_key
),
operated as (
  select diagnosis_key, min(start_date) as operation_date
  from marts.treatments
  where treatment_class = 'surgery' and diagnosis_key is not null
  group by diagnosis_key
),
neoadjuvant as (
  select o.diagnosis_key, min(t.start_date) as neoadjuvant_date
  from operated o
  join marts.treatments t using (diagnosis_key)
  left join marts.diagnosis_dates d on d.diagnosis_key = o.diagnosis_key and d.is_preferred
  where t.treatment_class <> 'surgery'
    and t.start_date < o.operation_date
    and t.start_date >= o.operation_date - 365
    and coalesce(t.start_date >= d.diagnosis_date - 30, true)
  group by o.diagnosis_key
),
placed as (
  select
    k.*,
    coalesce(k.stage_subgroup, k.category) as value,
    coalesce(k.stage_type = 'pathological' and k.stage_date >= n.neoadjuvant_date, false) as is_after_neoadjuvant,
    case
      when k.diagnosis_key is null then null
      when k.stage_type = 'post-therapy' then 'post-therapy'
      when k.stage_type = 'pathological' and k.stage_date >= n.neoadjuvant_date
        and k.stage_date <= d.diagnosis_date + 365 then 'post-therapy'
      when k.stage_type in ('recurrence', 'autopsy') then 'later'
      when coalesce(k.stage_date - d.diagnosis_date between -90 and 180, true) then 'diagnosis'
      else 'later'
    end as context
  from cited k
  left join neoadjuvant n using (diagnosis_key)
  left join marts.diagnosis_dates d on d.diagnosis_key = k.diagnosis_key and d.is_preferred
),
conflict as (
  select distinct a.stage_source, a.record_key, a.item, a.raw
  from placed a
  join placed b
    on b.diagnosis_key = a.diagnosis_key and b.item = a.item and b.context = a.context
    and coalesce(a.stage_type = b.stage_type, true)
    and not starts_with(a.value, b.value) and not starts_with(b.value, a.value)
),
ordered as (
  select
    p.*,
    c.record_key is not null as has_conflict,
    p.context is not null and p.value is not null and row_number() over (
      partition by p.diagnosis_key, p.context, p.item
      order by
        p.value is null,
        case p.stage_type when 'pathological' then 0 when 'clinical' then 1 when 'post-therapy' then 0 else 2 end,
        case p.stage_source when 'observation' then 0 when 'condition-stage' then 1 else 2 end,
        coalesce(p.stage_date, date '9999-12-31'),
        -length(p.value),
        p.value,
        p.raw,
        p.record_key
    ) = 1 as is_preferred,
    row_number() over (
      partition by
        p.patient_key, p.diagnosis_key, p.stage_source, p.item, p.stage_type, p.staging_system, p.raw, p.stage_date
      order by p.record_key
    ) > 1 as is_repeat
  from placed p
  left join conflict c
    on c.stage_source = p.stage_source and c.record_key = p.record_key and c.item = p.item and c.raw = p.raw
),
part as (
  select g.stage_source, g.record_key, g.raw, m.item, m.category, 'member' as category_source
  from ordered g
  join staging.observation_member x on x.observation_key = g.record_key
  join ordered m on m.record_key = x.member_key and m.patient_key = g.patient_key
  where g.item = 'group' and g.stage_source = 'observation' and m.category is not null
  union
  select g.stage_source, g.record_key, g.raw, m.item, m.category, 'same-day'
  from ordered g
  join ordered m
    on m.diagnosis_key = g.diagnosis_key and m.stage_date = g.stage_date and m.stage_type = g.stage_type
    and m.stage_source = 'observation'
  where g.item = 'group' and g.stage_source = 'observation' and m.category is not null
),
one_part as (
  select stage_source, record_key, raw, item, category_source, min(category) as category
  from part
  group by stage_source, record_key, raw, item, category_source
  having count(distinct category) = 1
),
parts as (
  select
    stage_source,
    record_key,
    raw,
    arg_min(category, category_source) filter (where item = 't') as t_category,
    arg_min(category, category_source) filter (where item = 'n') as n_category,
    arg_min(category, category_source) filter (where item = 'm') as m_category
  from one_part
  group by stage_source, record_key, raw
)
select
  md5(concat_ws('|', 'stage', o.stage_source, o.record_key, o.item, o.raw))::uuid as stage_key,
  o.patient_key::uuid as patient_key,
  o.diagnosis_key::uuid as diagnosis_key,
  o.stage_source::varchar as stage_source,
  o.record_key::uuid as record_key,
  o.item::varchar as item,
  o.context::varchar as context,
  o.stage_type::varchar as stage_type,
  o.stage_system::varchar as stage_system,
  o.staging_system::varchar as staging_system,
  o.edition::varchar as edition,
  if(o.item = 'group', nullif(regexp_extract(o.stage_subgroup, '^(0|IV|III|II|I)'), ''), null)::varchar as stage_group,
  o.stage_subgroup::varchar as stage_subgroup,
  o.category::varchar as category,
  p.t_category::varchar as t_category,
  p.n_category::varchar as n_category,
  p.m_category::varchar as m_category,
  o.raw::varchar as stage_raw,
  o.stage_date::date as stage_date,
  o.stage_precision::varchar as stage_precision,
  o.is_after_neoadjuvant::boolean as is_after_neoadjuvant,
  o.is_preferred::boolean as is_preferred,
  o.has_conflict::boolean as has_conflict,
  o.is_repeat::boolean as is_repeat,
  'stage-2'::varchar as rule_version,
  o.source::varchar as source
from ordered o
left join parts p
  on o.item = 'group' and p.stage_source = o.stage_source and p.record_key = o.record_key and p.raw = o.raw
