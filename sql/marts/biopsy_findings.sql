-- one row per record that tells of a biopsy: the procedure, its specimens, reports, observations and Conditions.
-- Rule biopsy-1 (docs/marts/biopsy_episodes.md). A biopsy is what is taken from one site of one person on one day.
-- What it found is said by the coded conclusion of a report on its specimen or encounter, by a coded Observation on
-- its specimen, by the Condition that the procedure names as its reason (dated up to 180 days after it, at most 60
-- before), or by a confirmed primary Condition of the same site dated within 60 days after it.
with coding as (
  select uri, upper(replace(code, '.', '')) as code
  from (
    select code_system as uri, code from staging.procedure
    union
    select 'http://snomed.info/sct', snomed_code from staging.procedure
    union
    select 'http://www.cms.gov/Medicare/Coding/ICD10', icd10pcs_code from staging.procedure
    union
    select method_system, method_code from staging.specimen
    union
    select body_site_system, body_site_code from staging.procedure
    union
    select body_site_system, body_site_code from staging.specimen
    union
    select conclusion_system, conclusion_code from staging.diagnostic_report_conclusion
    union
    select 'http://snomed.info/sct', conclusion_snomed from staging.diagnostic_report_conclusion
    union
    select 'http://terminology.hl7.org/CodeSystem/icd-o-3', conclusion_icdo3 from staging.diagnostic_report_conclusion
    union
    select value_system, value_code from staging.observation where specimen_key is not null
  )
  where code is not null
),
biopsy_code as (
  select k.uri, k.code, arg_max(coalesce(b.site_group, ''), length(b.code)) as site_group
  from (select distinct uri, code from coding) k
  left join codes.code_system s on s.uri = k.uri
  join codes.biopsy_procedure b
    on b.system = coalesce(s.system, k.uri) and if(s.match = 'prefix', k.code like b.code || '%', k.code = b.code)
  group by k.uri, k.code
),
facet as (
  select k.uri, k.code, m.facet,
    arg_max(
      m.value, (-coalesce(s.rank::integer, 0), length(m.code), length(replace(m.code, '_', '')))
    ) as value
  from (select distinct uri, code from coding) k
  left join codes.code_system s on s.uri = k.uri
  join codes.code_map m
    on m.system = coalesce(s.system, k.uri)
    and m.facet in ('site', 'behavior', 'role')
    and if(s.match = 'prefix', k.code like m.code || '%', k.code = upper(replace(m.code, '.', '')))
  group by k.uri, k.code, m.facet
),
meaning as (
  select
    uri,
    code,
    min(value) filter (where facet = 'site') as site_group,
    min(value) filter (where facet = 'behavior') as behavior,
    min(value) filter (where facet = 'role') as role
  from facet
  group by uri, code
),
term as (
  select distinct lower(display) as display
  from (
    select code_display as display from staging.procedure
    union all
    select body_site_display from staging.procedure
    union all
    select type_display from staging.specimen
    union all
    select method_display from staging.specimen
    union all
    select body_site_display from staging.specimen
    union all
    select conclusion_display from staging.diagnostic_report_conclusion
    union all
    select value_display from staging.observation where specimen_key is not null
  )
  where display is not null
),
word as (
  select t.display, w.facet, arg_min(w.value, w.rank::integer) as value
  from term t
  join codes.cancer_word w on w.facet in ('site', 'biopsy', 'behavior', 'role') and regexp_matches(t.display, w.pattern)
  group by t.display, w.facet
),
said as (
  select
    display,
    coalesce(max(value) filter (where facet = 'biopsy') = 'biopsy', false) as is_biopsy,
    max(value) filter (where facet = 'site') as site_group,
    max(value) filter (where facet = 'behavior') as behavior,
    max(value) filter (where facet = 'role') as role
  from word
  group by display
),
taken as (
  select
    p.patient_key, 'staging.procedure' as record_table, p.procedure_key as record_key, p.encounter_key, p.report_key,
    p.reason_condition_key, null::uuid as specimen_key, p.source,
    coalesce(p.performed_date, p.performed_start_date) as biopsy_date,
    if(p.performed_date is not null, p.performed_precision, p.performed_start_precision) as biopsy_precision,
    coalesce(
      nullif(b.site_group, ''), nullif(i.site_group, ''), site.site_group, w.site_group, place.site_group
    ) as site_group
  from staging.procedure p
  left join biopsy_code b
    on b.uri = if(p.snomed_code is null, p.code_system, 'http://snomed.info/sct')
    and b.code = upper(replace(coalesce(p.snomed_code, p.code), '.', ''))
  left join biopsy_code i
    on i.uri = 'http://www.cms.gov/Medicare/Coding/ICD10' and i.code = upper(replace(p.icd10pcs_code, '.', ''))
  left join said w on w.display = lower(p.code_display)
  left join meaning site on site.uri = p.body_site_system and site.code = upper(replace(p.body_site_code, '.', ''))
  left join said place on place.display = lower(p.body_site_display)
  where p.patient_key is not null
    and coalesce(p.status, 'completed') in ('completed', 'in-progress', 'stopped')
    and (b.code is not null or i.code is not null or coalesce(w.is_biopsy, false))
  union all
  select
    s.patient_key, 'staging.specimen', s.specimen_key, null, null, null, s.specimen_key, s.source,
    coalesce(s.collected_date, s.collected_start_date),
    if(s.collected_date is not null, s.collected_precision, s.collected_start_precision),
    coalesce(nullif(b.site_group, ''), site.site_group, m.site_group, place.site_group, t.site_group)
  from staging.specimen s
  left join biopsy_code b on b.uri = s.method_system and b.code = upper(replace(s.method_code, '.', ''))
  left join said m on m.display = lower(s.method_display)
  left join said t on t.display = lower(s.type_display)
  left join meaning site on site.uri = s.body_site_system and site.code = upper(replace(s.body_site_code, '.', ''))
  left join said place on place.display = lower(s.body_site_display)
  where s.patient_key is not null
    and coalesce(s.status, 'available') <> 'entered-in-error'
    and (b.code is not null or coalesce(m.is_biopsy, false) or coalesce(t.is_biopsy, false))
),
day_site as (
  select patient_key, biopsy_date, min(site_group) as site_group
  from taken
  where site_group is not null
  group by patient_key, biopsy_date
  having count(distinct site_group) = 1
),
biopsy as (
  select
    t.* exclude (site_group),
    coalesce(t.site_group, d.site_group, 'unknown') as site_group,
    md5(concat_ws('|', 'biopsy', t.patient_key, coalesce(t.site_group, d.site_group, 'unknown'),
      coalesce(t.biopsy_date::varchar, '-')))::uuid as biopsy_key
  from taken t
  left join day_site d on d.patient_key = t.patient_key and d.biopsy_date = t.biopsy_date
),
report_link as (
  select biopsy_key, report_key as diagnostic_report_key from biopsy where report_key is not null
  union
  select b.biopsy_key, r.diagnostic_report_key
  from biopsy b
  join staging.diagnostic_report r on r.specimen_key = b.specimen_key
  union
  select b.biopsy_key, x.diagnostic_report_key
  from biopsy b
  join staging.diagnostic_report_specimen x on x.specimen_key = b.specimen_key
  union
  select b.biopsy_key, r.diagnostic_report_key
  from (
    select encounter_key, min(biopsy_key) as biopsy_key
    from biopsy
    where encounter_key is not null
    group by encounter_key
    having count(distinct biopsy_key) = 1
  ) b
  join staging.diagnostic_report r on r.encounter_key = b.encounter_key
  where r.specimen_key is null and list_has_any(r.category_codes, ['PAT', 'SP', 'CP', 'LP7839-6'])
),
episode as (
  select
    biopsy_key, any_value(patient_key) as patient_key, any_value(biopsy_date) as biopsy_date,
    any_value(site_group) as site_group
  from biopsy
  group by biopsy_key
),
concluded as (
  select
    b.*, 'staging.diagnostic_report' as record_table, r.diagnostic_report_key as record_key, 'report' as evidence,
    r.source, c.conclusion_code as code, c.conclusion_system as code_system, c.conclusion_display as code_display,
    coalesce(o.behavior, m.behavior, s.behavior, w.behavior) as behavior,
    coalesce(m.role, s.role, o.role, w.role) as role,
    coalesce(m.site_group, s.site_group, w.site_group) as found_site
  from episode b
  join report_link l using (biopsy_key)
  join staging.diagnostic_report r
    on r.diagnostic_report_key = l.diagnostic_report_key and r.patient_key = b.patient_key
  join staging.diagnostic_report_conclusion c on c.diagnostic_report_key = r.diagnostic_report_key
  left join meaning m on m.uri = c.conclusion_system and m.code = upper(replace(c.conclusion_code, '.', ''))
  left join meaning s on s.uri = 'http://snomed.info/sct' and s.code = c.conclusion_snomed
  left join meaning o
    on o.uri = 'http://terminology.hl7.org/CodeSystem/icd-o-3' and o.code = upper(c.conclusion_icdo3)
  left join said w on w.display = lower(c.conclusion_display)
  where coalesce(r.status, 'final') not in ('entered-in-error', 'cancelled', 'registered', 'partial')
),
observed as (
  select distinct
    b.patient_key, b.biopsy_key, b.biopsy_date, b.site_group, 'staging.observation' as record_table,
    o.observation_key as record_key, 'observation' as evidence, o.source,
    o.value_code as code, o.value_system as code_system, o.value_display as code_display,
    coalesce(m.behavior, w.behavior) as behavior,
    coalesce(m.role, w.role) as role,
    coalesce(m.site_group, w.site_group) as found_site
  from biopsy b
  join staging.observation o on o.specimen_key = b.specimen_key and o.patient_key = b.patient_key
  left join meaning m on m.uri = o.value_system and m.code = upper(replace(o.value_code, '.', ''))
  left join said w on w.display = lower(o.value_display)
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled', 'registered')
    and coalesce(m.behavior, w.behavior) is not null
),
stated as (
  select
    *,
    case
      when role = 'suspected' then null
      when behavior in ('malignant', 'in situ') then 'malignant'
      when behavior = 'benign' then 'benign'
    end as finding
  from (from concluded union all by name from observed)
),
tumor as (
  select patient_key, diagnosis_key, min(site_group) as site_group
  from marts.tumor_conditions
  where role = 'primary'
  group by patient_key, diagnosis_key
),
stated_tumor as (
  select s.record_key, s.biopsy_key, s.code, s.code_system,
    case when count(distinct t.diagnosis_key) filter (where t.site_group in (s.site_group, s.found_site)) = 1
      then min(t.diagnosis_key) filter (where t.site_group in (s.site_group, s.found_site)) end as site_key,
    -- a finding that names another site of origin is not of this tumour
    case when count(distinct t.diagnosis_key) = 1 and (any_value(s.found_site) is null or any_value(s.role) = 'secondary')
      then min(t.diagnosis_key) end as only_key
  from stated s
  join tumor t on t.patient_key = s.patient_key
  where s.finding = 'malignant'
  group by s.record_key, s.biopsy_key, s.code, s.code_system
),
condition as (
  select
    *,
    case diagnosis_precision
      when 'year' then diagnosis_date + interval 1 year
      when 'month' then diagnosis_date + interval 1 month
      else diagnosis_date + interval 1 day
    end::date - 1 as diagnosis_end
  from marts.tumor_conditions
),
followed as (
  select distinct
    b.patient_key, b.biopsy_key, b.biopsy_date, b.site_group, 'staging.condition' as record_table,
    c.condition_key as record_key, 'reason' as evidence, c.source, c.code, c.code_system, c.code_display,
    case when c.role in ('primary', 'secondary') then 'malignant' when c.role = 'benign' then 'benign' end as finding,
    c.diagnosis_key, c.diagnosis_link
  from biopsy b
  join condition c on c.condition_key = b.reason_condition_key and c.patient_key = b.patient_key
  where c.role <> 'refuted' and b.biopsy_date between c.diagnosis_date - 180 and c.diagnosis_end + 60
  union
  select
    b.patient_key, b.biopsy_key, b.biopsy_date, b.site_group, 'staging.condition', c.condition_key, 'diagnosis-after',
    c.source, c.code, c.code_system, c.code_display, if(c.role = 'primary', 'malignant', 'benign'),
    c.diagnosis_key, c.diagnosis_link
  from episode b
  join condition c
    on c.patient_key = b.patient_key and c.site_group = b.site_group
    and b.biopsy_date between c.diagnosis_date - 60 and c.diagnosis_date
  where c.role in ('primary', 'benign')
    and c.diagnosis_precision in ('day', 'time')
    and b.site_group <> 'unknown'
    -- of several biopsies the last before the diagnosis has brought it
    and not exists (
      select 1 from episode later
      where later.patient_key = b.patient_key
        and later.site_group = b.site_group
        and later.biopsy_date > b.biopsy_date
        and later.biopsy_date <= c.diagnosis_date
    )
),
finding as (
  select
    b.biopsy_key, b.patient_key, b.biopsy_date, b.biopsy_precision, b.site_group, 'taken' as evidence,
    null as finding, null::uuid as diagnosis_key, null as diagnosis_link, coalesce(p.code, s.method_code) as code,
    if(p.code is not null, p.code_system, s.method_system) as code_system,
    if(p.code is not null, p.code_display, s.method_display) as code_display, b.record_table, b.record_key, b.source
  from biopsy b
  left join staging.procedure p on b.record_table = 'staging.procedure' and p.procedure_key = b.record_key
  left join staging.specimen s on b.record_table = 'staging.specimen' and s.specimen_key = b.record_key
  union all by name
  select
    s.* exclude (behavior, role, found_site),
    coalesce(t.site_key, t.only_key) as diagnosis_key,
    case when t.site_key is not null then 'site' when t.only_key is not null then 'only-tumor' end as diagnosis_link
  from stated s
  left join stated_tumor t
    on t.record_key = s.record_key and t.biopsy_key = s.biopsy_key
    and t.code is not distinct from s.code and t.code_system is not distinct from s.code_system
  union all by name
  select * from followed
),
strong as (
  select
    *,
    case when finding is not null then case evidence when 'reason' then 1 when 'diagnosis-after' then 2 else 0 end end
      as strength
  from finding
)
select
  md5(concat_ws('|', 'finding', biopsy_key, evidence, record_key, coalesce(code, '-'), coalesce(code_system, '-')))::uuid
    as biopsy_finding_key,
  biopsy_key::uuid as biopsy_key,
  any_value(patient_key)::uuid as patient_key,
  any_value(biopsy_date)::date as biopsy_date,
  min(biopsy_precision)::varchar as biopsy_precision,
  any_value(site_group)::varchar as site_group,
  evidence::varchar as evidence,
  min(finding)::varchar as finding,
  coalesce(min(strength) = min(min(strength)) over (partition by biopsy_key), false)::boolean as is_decisive,
  min(diagnosis_key)::uuid as diagnosis_key,
  min(diagnosis_link)::varchar as diagnosis_link,
  code::varchar as code,
  code_system::varchar as code_system,
  min(code_display)::varchar as code_display,
  any_value(record_table)::varchar as record_table,
  record_key::uuid as record_key,
  'biopsy-1'::varchar as rule_version,
  min(source)::varchar as source
from strong
group by biopsy_key, evidence, record_key, code, code_system
