-- one row per statement of how a cancer is doing: what records say of one tumour and day in the same words is one.
-- Rule status-1 (docs/marts/disease_status.md). Statements are Observations of disease status (mCODE STU1 to STU4),
-- the clinical status recurrence, relapse or remission of a tumour's Condition (whose day is unknown), and a metastasis
-- recorded more than 90 days after the diagnosis. Treatments say nothing here. An improvement is no response.
with parameter as (
  select max(value) filter (where parameter = 'contact_after_death_days')::integer as after_death_days
  from codes.rule_parameter
),
tumor as (
  select diagnosis_key, patient_key, diagnosis_date from marts.cancer_diagnoses
),
only_tumor as (
  select patient_key, min(diagnosis_key) as diagnosis_key from tumor group by patient_key having count(*) = 1
),
observed as (
  select
    o.*,
    coalesce(o.effective_date, o.effective_instant_date, o.effective_start_date) as told_date,
    case
      when o.effective_date is not null then o.effective_precision
      when o.effective_instant_date is not null then o.effective_instant_precision
      else o.effective_start_precision
    end as told_precision
  from staging.observation o
  left join codes.disease_status_code c on c.system = 'http://loinc.org' and c.code = o.loinc_code
  where o.patient_key is not null
    and (c.code is not null or array_to_string(o.profiles, ' ') like '%mcode-cancer-disease-status%')
    and coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled')
),
word as (
  select t.display, arg_min(struct_pack(said := w.status, status_group := w.status_group, scale := w.scale), w.rank::integer) as said
  from (select distinct lower(value_display) as display from observed where value_display is not null) t
  join codes.disease_status_word w on regexp_matches(t.display, w.pattern)
  group by t.display
),
evidence as (
  select o.observation_key, array_to_string(list_sort(list(distinct coalesce(e.evidence, 'other'))), '|') as evidence
  from (
    select observation_key, unnest(evidence_type_codes) as code from observed
  ) o
  left join codes.disease_status_evidence e on e.code = o.code and e.system = 'http://snomed.info/sct'
  group by o.observation_key
),
stated as (
  select
    o.patient_key, o.source, 'staging.observation' as record_table, o.observation_key as record_key, o.told_date,
    o.told_precision, coalesce(s.status, w.said.said, 'unknown') as disease_status,
    coalesce(s.status_group, w.said.status_group, 'unknown') as status_group, coalesce(s.scale, w.said.scale) as scale,
    case
      when regexp_matches(lower(concat_ws(' ', o.method_display, o.code_display)), 'irecist') then 'iRECIST'
      when regexp_matches(lower(concat_ws(' ', o.method_display, o.code_display)), '(^|[^a-z])recist') then 'RECIST'
      when regexp_matches(lower(o.method_display), 'percist') then 'PERCIST'
      when regexp_matches(lower(o.method_display), 'lugano|cheson|deauville') then 'Lugano'
      when regexp_matches(lower(o.method_display), 'imwg') then 'IMWG'
      when regexp_matches(lower(o.method_display), '(^|[^a-z])rano([^a-z]|$)') then 'RANO'
    end as criteria,
    e.evidence, o.value_code, o.value_system, o.value_display, o.status as record_status,
    o.focus_condition_key as condition_key
  from observed o
  left join codes.disease_status_value s on s.system = o.value_system and s.code = o.value_code
  left join word w on w.display = lower(o.value_display)
  left join evidence e using (observation_key)
  union all
  select
    c.patient_key, c.source, 'staging.condition', c.condition_key, null, null,
    case c.clinical_status when 'remission' then 'remission' else 'recurrence' end,
    case c.clinical_status when 'remission' then 'remission' else 'recurrence' end,
    'clinical-status', null, null, c.clinical_status, null, null, c.verification_status, c.condition_key
  from marts.tumor_conditions c
  where c.role = 'primary' and c.clinical_status in ('recurrence', 'relapse', 'remission')
  union all
  select
    c.patient_key, c.source, 'staging.condition', c.condition_key, c.diagnosis_date, c.diagnosis_precision,
    'new metastasis', 'new metastasis', 'diagnosis', null, null, c.code, c.code_system, c.code_display,
    c.verification_status, c.condition_key
  from marts.tumor_conditions c
  left join only_tumor o on o.patient_key = c.patient_key
  join tumor t on t.diagnosis_key = coalesce(c.diagnosis_key, o.diagnosis_key)
  where c.role = 'secondary' and c.diagnosis_date > t.diagnosis_date + interval 90 day
),
lived as (
  select
    s.*,
    case
      when d.last < p.birth_date then 'before birth'
      when s.told_date > p.deceased_last_date + parameter.after_death_days then 'after death'
    end as date_conflict,
    coalesce(n.diagnosis_key, if(coalesce(n.role, 'secondary') = 'secondary', o.diagnosis_key, null)) as diagnosis_key,
    case
      when n.diagnosis_key is not null then 'reference'
      when coalesce(n.role, 'secondary') = 'secondary' and o.diagnosis_key is not null then 'only-tumor'
    end as diagnosis_link
  from stated s
  cross join parameter
  cross join lateral (
    select case s.told_precision
      when 'year' then (s.told_date + interval 1 year - interval 1 day)::date
      when 'month' then (s.told_date + interval 1 month - interval 1 day)::date
      else s.told_date
    end as last
  ) d
  left join staging.person p using (patient_key)
  left join (
    select patient_key, condition_key, diagnosis_key, role from marts.tumor_conditions where role <> 'refuted'
  ) n on n.condition_key = s.condition_key and n.patient_key = s.patient_key
  left join only_tumor o on o.patient_key = s.patient_key
),
dated as (
  select
    *,
    if(date_conflict is null, told_date, null) as status_date,
    case
      when told_date is null or date_conflict is not null then null
      when status_group in ('progression', 'recurrence', 'new metastasis') then 'worse'
      when status_group in ('response', 'improved', 'remission', 'no evidence of disease') then 'better'
      when status_group = 'stable' then 'same'
    end as direction
  from lived
),
statement as (
  select
    patient_key, diagnosis_key, status_date, told_date, told_precision, date_conflict, disease_status, status_group, scale,
    criteria, evidence, value_code, value_system, direction,
    if(bool_or(diagnosis_link = 'reference'), 'reference', min(diagnosis_link)) as diagnosis_link,
    min(value_display) as value_display,
    min(record_status) as record_status,
    arg_min(
      struct_pack(record_table := record_table, record_key := record_key, origin := source),
      (source, record_table, record_key)
    ) as record,
    count(*) as records
  from dated
  group by all
)
select
  md5(concat_ws('|', 'status', d.patient_key, coalesce(d.diagnosis_key::varchar, '-'), coalesce(told_date::varchar, '-'),
    coalesce(told_precision, '-'), disease_status, coalesce(scale, '-'), coalesce(criteria, '-'), coalesce(evidence, '-'),
    coalesce(value_code, '-'), coalesce(value_system, '-')))::uuid as status_key,
  d.patient_key::uuid as patient_key,
  d.diagnosis_key::uuid as diagnosis_key,
  d.diagnosis_link::varchar as diagnosis_link,
  d.status_date::date as status_date,
  if(d.status_date is null, null, d.told_precision)::varchar as status_precision,
  d.told_date::date as recorded_status_date,
  d.date_conflict::varchar as date_conflict,
  d.disease_status::varchar as disease_status,
  d.status_group::varchar as status_group,
  d.scale::varchar as scale,
  d.criteria::varchar as criteria,
  nullif(d.evidence, '')::varchar as evidence,
  d.value_code::varchar as value_code,
  d.value_system::varchar as value_system,
  d.value_display::varchar as value_display,
  (d.direction is not null and count(distinct d.direction) over (
    partition by d.patient_key, d.diagnosis_key, d.status_date
  ) > 1)::boolean as has_conflict,
  d.record_status::varchar as record_status,
  (d.status_date - t.diagnosis_date)::integer as days_from_diagnosis,
  d.record.record_table::varchar as record_table,
  d.record.record_key::uuid as record_key,
  d.records::integer as record_count,
  d.record.origin::varchar as source,
  'status-1'::varchar as rule_version
from statement d
left join tumor t on t.diagnosis_key = d.diagnosis_key
