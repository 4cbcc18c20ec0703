-- one row per treatment episode: an operation, a radiotherapy course, or one agent without a gap of over 120 days.
-- Rule treatment-2: treatment_records says which records make an episode and which of them are counted; dates, status
-- and counts are those of the counted ones, intent and reason those of all. The tumour comes from the reason, else from
-- the site the treatment is for, else it is the only one the person has; otherwise it is unknown.
with tumor as (
  select
    t.diagnosis_key,
    any_value(t.patient_key) as patient_key,
    min(t.site_group) as site_group,
    min(d.diagnosis_date) as diagnosis_date
  from marts.tumor_conditions t
  left join marts.diagnosis_dates d on d.diagnosis_key = t.diagnosis_key and d.is_preferred
  where t.role = 'primary'
  group by t.diagnosis_key
),
neoplasm as (
  select patient_key, condition_key, diagnosis_key
  from marts.tumor_conditions
  where role not in ('refuted', 'benign') and diagnosis_key is not null
),
record as (
  select
    r.*,
    n.diagnosis_key as own_diagnosis_key,
    (r.start_date, r.code, r.code_display, r.record_key) as age_order
  from marts.treatment_records r
  left join neoplasm n on n.condition_key = r.reason_condition_key and n.patient_key = r.patient_key
),
episode as (
  select
    treatment_key,
    any_value(patient_key) as patient_key,
    min(treatment_class) as treatment_class,
    min(agent) as agent,
    min(agent_code) as agent_code,
    min(source_type) filter (where is_counted) as source_type,
    min(source) filter (where is_counted) as source,
    arg_min(struct_pack(code := code, code_system := code_system, display := code_display), age_order)
      filter (where is_counted) as coded,
    -- where no counted record is dated, the others tell when it was, and date_basis how
    coalesce(min(start_date) filter (where is_counted), min(start_date)) as start_date,
    arg_min(start_precision, (not is_counted, start_date, start_precision)) filter (where start_date is not null)
      as start_precision,
    arg_min(date_basis, (not is_counted, start_date, date_basis)) filter (where start_date is not null) as date_basis,
    coalesce(min(recorded_start_date) filter (where is_counted), min(recorded_start_date)) as recorded_start_date,
    min(date_conflict) as date_conflict,
    max(greatest(end_date, start_date)) filter (where is_counted) as end_date,
    arg_max(if(end_date is null, start_precision, end_precision), greatest(end_date, start_date))
      filter (where is_counted) as end_precision,
    bool_or(has_end_conflict) as has_end_conflict,
    coalesce(bool_or(is_open_ended) filter (where is_counted), false) as is_open_ended,
    arg_max(status, (start_date, status)) filter (where is_counted) as status,
    count(distinct record_key) filter (where is_counted) as records,
    count(distinct start_date) filter (where is_counted) as days,
    arg_min(reason_basis, list_position(['reference', 'code', 'order', 'profile', 'site', 'tumor', 'implied'], reason_basis))
      as reason_basis,
    if(count(distinct intent) = 1, min(intent), 'unknown') as intent,
    array_to_string(list_sort(list(distinct intent_raw)), ' | ') as intent_raw,
    count(distinct intent) > 1 as has_intent_conflict,
    array_to_string(list_sort(list(distinct termination_reason)), ' | ') as termination_reason,
    if(count(distinct own_diagnosis_key) = 1, min(own_diagnosis_key), null) as reason_diagnosis_key,
    count(distinct own_diagnosis_key) > 1 as has_tumor_conflict,
    string_split(any_value(site_groups), '|') as site_groups,
    max(session_count) as sessions,
    min(body_site) as body_site,
    min(radiotherapy_modality) as radiotherapy_modality,
    min(radiotherapy_technique) as radiotherapy_technique
  from record
  group by treatment_key
),
volume as (
  select
    treatment_key,
    max(dose_gy) as dose_gy,
    max(fraction_count) as fractions,
    count(*) as volumes,
    bool_or(has_dose_conflict) as has_dose_conflict
  from marts.radiotherapy_volumes
  group by treatment_key
),
own_tumor as (
  select
    e.treatment_key,
    count(t.diagnosis_key) as tumors,
    min(t.diagnosis_key) as only_key,
    count(t.diagnosis_key) filter (where list_contains(e.site_groups, t.site_group)) as site_tumors,
    min(t.diagnosis_key) filter (where list_contains(e.site_groups, t.site_group)) as site_key
  from episode e
  join tumor t
    on t.patient_key = e.patient_key
    and coalesce(e.start_date >= t.diagnosis_date - interval 90 day, true)
  group by e.treatment_key
),
linked as (
  select
    e.*,
    case
      when e.has_tumor_conflict then null
      else coalesce(
        e.reason_diagnosis_key,
        if(o.site_tumors = 1, o.site_key, null),
        if(o.tumors = 1, o.only_key, null)
      )
    end as diagnosis_key,
    case
      when e.has_tumor_conflict then null
      when e.reason_diagnosis_key is not null then 'reference'
      when o.site_tumors = 1 then 'site'
      when o.tumors = 1 then 'only-tumor'
    end as diagnosis_link
  from episode e
  left join own_tumor o using (treatment_key)
)
select
  l.treatment_key::uuid as treatment_key,
  l.patient_key::uuid as patient_key,
  l.diagnosis_key::uuid as diagnosis_key,
  l.diagnosis_link::varchar as diagnosis_link,
  l.treatment_class::varchar as treatment_class,
  l.agent::varchar as agent,
  l.agent_code::varchar as agent_code,
  l.coded.code::varchar as code,
  l.coded.code_system::varchar as code_system,
  l.coded.display::varchar as code_display,
  l.start_date::date as start_date,
  l.start_precision::varchar as start_precision,
  l.date_basis::varchar as date_basis,
  l.recorded_start_date::date as recorded_start_date,
  l.date_conflict::varchar as date_conflict,
  l.end_date::date as end_date,
  l.end_precision::varchar as end_precision,
  l.has_end_conflict::boolean as has_end_conflict,
  (l.is_open_ended and coalesce(l.status, 'active') in ('active', 'on-hold', 'unknown'))::boolean as is_open_ended,
  (l.end_date - l.start_date)::integer as duration_days,
  (l.start_date - t.diagnosis_date)::integer as days_from_diagnosis,
  if(l.source_type = 'administration', l.days, null)::integer as administration_count,
  l.records::integer as record_count,
  l.intent::varchar as intent,
  nullif(l.intent_raw, '')::varchar as intent_raw,
  l.has_intent_conflict::boolean as has_intent_conflict,
  l.reason_basis::varchar as reason_basis,
  l.status::varchar as status,
  nullif(l.termination_reason, '')::varchar as termination_reason,
  l.source_type::varchar as source_type,
  v.dose_gy::double as dose_gy,
  coalesce(v.fractions, l.sessions)::integer as fraction_count,
  coalesce(v.volumes, 0)::integer as volume_count,
  coalesce(v.has_dose_conflict, false)::boolean as has_dose_conflict,
  l.radiotherapy_modality::varchar as radiotherapy_modality,
  l.radiotherapy_technique::varchar as radiotherapy_technique,
  l.body_site::varchar as body_site,
  l.source::varchar as source,
  'treatment-2'::varchar as rule_version
from linked l
left join tumor t using (diagnosis_key)
left join volume v using (treatment_key)
