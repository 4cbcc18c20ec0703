-- one row per treatment episode: an operation, a radiotherapy course, or one agent without a gap of over 120 days.
-- Rule treatment-1. Within an episode the strongest evidence counts alone: administration, dispense, statement, order.
-- Agents used outside oncology, hormones among them, count only with a cancer reason or a tumour they are for.
-- An operation counts with a cancer reason or profile, or when its code names the site of a tumour of the person.
-- Repeated radiotherapy without a course summary is one course until a gap of over 120 days; a procedure coded
-- chemotherapy counts only where no agent is recorded within 30 days. The tumour comes from the reason, else from the
-- site the treatment is for, else it is the only one the person has.
with drug as (
  select 'administration' as source_type, 0 as rank, patient_key, source, medication_administration_key as record_key,
    status, medication_rxnorm, medication_display, medication_code, medication_system, medication_key,
    coalesce(effective_date, effective_start_date) as start_date,
    if(effective_date is not null, effective_precision, effective_start_precision) as start_precision,
    effective_end_date as end_date, effective_end_precision as end_precision,
    reason_condition_key, reason_system, reason_code, treatment_intent_code, treatment_intent_display,
    coalesce(termination_reason_display, termination_reason_code) as termination_reason
  from staging.medication_administration
  where coalesce(status, 'completed') not in ('not-done', 'entered-in-error')
  union all
  select 'dispense', 1, patient_key, source, medication_dispense_key,
    status, medication_rxnorm, medication_display, medication_code, medication_system, medication_key,
    coalesce(handed_over_date, prepared_date),
    if(handed_over_date is not null, handed_over_precision, prepared_precision),
    if(lower(days_supply_unit) in ('d', 'day', 'days') and days_supply_number between 0 and 730,
      coalesce(handed_over_date, prepared_date) + days_supply_number::integer, null),
    if(lower(days_supply_unit) in ('d', 'day', 'days') and days_supply_number between 0 and 730, 'day', null),
    null, null, null, null, null, null
  from staging.medication_dispense
  where coalesce(status, 'completed') not in ('cancelled', 'declined', 'entered-in-error', 'preparation')
  union all
  select 'statement', 2, patient_key, source, medication_statement_key,
    status, medication_rxnorm, medication_display, medication_code, medication_system, medication_key,
    coalesce(effective_date, effective_start_date, asserted_date),
    case when effective_date is not null then effective_precision
      when effective_start_date is not null then effective_start_precision else asserted_precision end,
    effective_end_date, effective_end_precision,
    reason_condition_key, reason_system, reason_code, treatment_intent_code, treatment_intent_display,
    coalesce(termination_reason_display, termination_reason_code)
  from staging.medication_statement
  where coalesce(status, 'unknown') not in ('not-taken', 'intended', 'entered-in-error')
  union all
  select 'order', 3, patient_key, source, medication_request_key,
    status, medication_rxnorm, medication_display, medication_code, medication_system, medication_key,
    coalesce(dosage_start_date, authored_date),
    if(dosage_start_date is not null, dosage_start_precision, authored_precision),
    dosage_end_date, dosage_end_precision,
    reason_condition_key, reason_system, reason_code, treatment_intent_code, treatment_intent_display,
    coalesce(termination_reason_display, termination_reason_code)
  from staging.medication_request
  where coalesce(status, 'unknown') not in ('cancelled', 'draft', 'entered-in-error')
    and coalesce(intent, 'order') not in ('proposal', 'plan', 'option')
    and not coalesce(do_not_perform, false)
),
named_drug as (
  select
    d.* replace (
      coalesce(d.medication_rxnorm, m.rxnorm_code, m.ingredient_rxnorm) as medication_rxnorm,
      coalesce(d.medication_code, m.code) as medication_code,
      coalesce(d.medication_system, m.code_system) as medication_system,
      coalesce(d.medication_display, m.code_display, m.ingredient_display) as medication_display
    )
  from drug d
  left join staging.medication m using (medication_key)
  where d.patient_key is not null
),
agent_by_code as (
  select rxnorm_code::varchar as rxnorm, agent from codes.agent_code
  union
  select rxnorm_code::varchar, agent from codes.agent where nullif(rxnorm_code::varchar, '') is not null
),
agent_by_name as (
  select t.display, arg_max(a.agent, (length(a.agent), a.agent)) as agent
  from (select distinct lower(medication_display) as display from named_drug where medication_display is not null) t
  join codes.agent a
    on regexp_matches(t.display, '(^|[^a-z])(' || concat_ws('|', a.agent, nullif(a.synonyms, '')) || ')([^a-z]|$)')
  group by t.display
),
neoplasm as (
  select patient_key, condition_key, diagnosis_key from marts.tumor_conditions where role <> 'refuted'
),
cancer_reason as (
  select distinct r.system, r.code
  from (
    select reason_system as system, reason_code as code from drug
    union
    select reason_system, reason_code from staging.procedure
  ) r
  left join codes.cancer_site i
    on i.system = 'icd-10' and r.system like '%icd-10%' and i.category = left(upper(replace(r.code, '.', '')), 3)
  left join codes.cancer_concept k on r.system like '%snomed%' and k.code::varchar = r.code
  where coalesce(i.role, k.role) in ('primary', 'secondary')
),
tumor as (
  select
    diagnosis_key,
    any_value(patient_key) as patient_key,
    min(site_group) as site_group,
    arg_min(diagnosis_date, (
      case diagnosis_precision
        when 'year' then diagnosis_date + interval 1 year
        when 'month' then diagnosis_date + interval 1 month
        else diagnosis_date + interval 1 day
      end, diagnosis_date, condition_key)) as diagnosis_date
  from marts.tumor_conditions
  where role = 'primary'
  group by diagnosis_key
),
person_tumor as (
  select patient_key, list(site_group order by site_group) as sites from tumor group by patient_key
),
agent_event as (
  select
    d.*,
    a.agent,
    nullif(a.rxnorm_code::varchar, '') as agent_code,
    a.treatment_class,
    string_split(nullif(a.site_groups, ''), '|') as site_groups
  from named_drug d
  left join agent_by_code c on c.rxnorm = d.medication_rxnorm
  left join agent_by_name n on n.display = lower(d.medication_display)
  join codes.agent a on a.agent = coalesce(c.agent, n.agent)
  left join person_tumor p on p.patient_key = d.patient_key
  left join cancer_reason r on r.system = d.reason_system and r.code = d.reason_code
  where a.needs_cancer::varchar = 'false'
    or (d.patient_key, d.reason_condition_key) in (select (patient_key, condition_key) from neoplasm)
    or r.code is not null
    or (nullif(a.site_groups, '') is null and p.patient_key is not null)
    or list_has_any(string_split(nullif(a.site_groups, ''), '|'), p.sites)
),
procedure_word as (
  select t.display, arg_min(w.treatment_class, w.rank::integer) as treatment_class
  from (select distinct lower(code_display) as display from staging.procedure where code_display is not null) t
  join codes.treatment_word w on regexp_matches(t.display, w.pattern)
  group by t.display
),
dose as (
  select
    procedure_key,
    max(total_dose * case coalesce(total_dose_unit, total_dose_unit_text) when 'cGy' then 0.01 when 'Gy' then 1 end)
      as dose_gy,
    max(fractions_delivered) as fractions
  from staging.radiotherapy_dose
  group by procedure_key
),
performed as (
  select
    p.*,
    coalesce(
      if(p.radiotherapy_modality_code is not null or p.radiotherapy_sessions is not null or d.procedure_key is not null,
        'radiotherapy', null),
      case
        when array_to_string(p.profiles, ' ') like '%mcode-radiotherapy-course-summary%' then 'radiotherapy'
        when array_to_string(p.profiles, ' ') like '%mcode-cancer-related-radiation-procedure%' then 'radiotherapy'
        when array_to_string(p.profiles, ' ') like '%mcode-cancer-related-surgical-procedure%' then 'surgery'
      end,
      c.treatment_class,
      w.treatment_class
    ) as treatment_class,
    nullif(c.site_group, '') as site_group,
    d.dose_gy,
    coalesce(d.fractions, p.radiotherapy_sessions) as fractions,
    p.radiotherapy_sessions is not null or d.procedure_key is not null as is_summary,
    coalesce(p.performed_date, p.performed_start_date) as start_date,
    if(p.performed_date is not null, p.performed_precision, p.performed_start_precision) as start_precision
  from staging.procedure p
  left join codes.treatment_procedure c on c.system = 'http://snomed.info/sct' and c.code::varchar = p.snomed_code
  left join procedure_word w on w.display = lower(p.code_display)
  left join dose d using (procedure_key)
  where p.patient_key is not null
    and coalesce(p.status, 'completed') not in ('not-done', 'entered-in-error', 'preparation')
),
procedure_event as (
  select e.*
  from performed e
  left join person_tumor t using (patient_key)
  left join cancer_reason r on r.system = e.reason_system and r.code = e.reason_code
  where e.treatment_class in ('radiotherapy', 'chemotherapy', 'stem cell transplant')
    or (e.treatment_class = 'surgery' and (
      (e.patient_key, e.reason_condition_key) in (select (patient_key, condition_key) from neoplasm)
      or r.code is not null
      or array_to_string(e.profiles, ' ') like '%mcode-cancer-related-surgical-procedure%'
      or list_contains(t.sites, e.site_group)
    ))
),
event as (
  select
    patient_key, source, source_type, rank, record_key, status, treatment_class, agent, agent_code,
    concat_ws('|', 'agent', agent) as thread,
    medication_code as code, medication_system as code_system, medication_display as code_display,
    start_date, start_precision, end_date, end_precision, reason_condition_key, site_groups,
    coalesce(treatment_intent_display, treatment_intent_code) as intent,
    treatment_intent_code as intent_code,
    termination_reason, null::double as dose_gy, null::bigint as fractions, null::varchar as body_site
  from agent_event
  union all
  select
    patient_key, source, 'procedure', 0, procedure_key, status, treatment_class, null, null,
    case
      when treatment_class = 'surgery' then concat_ws('|', 'surgery', coalesce(code, code_display), start_date)
      when is_summary then concat_ws('|', 'course', procedure_key)
      else treatment_class
    end,
    code, code_system, code_display,
    start_date, start_precision, performed_end_date, performed_end_precision, reason_condition_key,
    if(site_group is null, null, [site_group]),
    coalesce(treatment_intent_display, treatment_intent_code),
    treatment_intent_code,
    coalesce(termination_reason_display, termination_reason_code), dose_gy, fractions,
    coalesce(body_site_display, body_site_code)
  from procedure_event
),
gap as (
  select
    *,
    start_date - max(greatest(end_date, start_date)) over (
      partition by patient_key, thread
      order by start_date nulls last, record_key
      rows between unbounded preceding and 1 preceding
    ) > 120 as is_new
  from event
),
numbered as (
  select
    *,
    sum(if(coalesce(is_new, false), 1, 0)) over (
      partition by patient_key, thread order by start_date nulls last, record_key rows unbounded preceding
    )::integer as episode
  from gap
),
ranked as (
  select *, rank = min(rank) over (partition by patient_key, thread, episode) as is_counted
  from numbered
),
episode as (
  select
    patient_key,
    thread,
    episode,
    min(treatment_class) as treatment_class,
    min(agent) as agent,
    min(agent_code) as agent_code,
    arg_min(source_type, rank) as source_type,
    min(source) filter (where is_counted) as source,
    arg_min(struct_pack(code := code, system := code_system, display := code_display), (start_date, record_key))
      filter (where is_counted) as coded,
    min(start_date) filter (where is_counted) as start_date,
    arg_min(start_precision, start_date) filter (where is_counted) as start_precision,
    max(greatest(end_date, start_date)) filter (where is_counted) as end_date,
    arg_max(if(end_date is null, start_precision, end_precision), greatest(end_date, start_date))
      filter (where is_counted) as end_precision,
    arg_max(status, (start_date, record_key)) filter (where is_counted) as status,
    count(distinct record_key) filter (where is_counted) as records,
    count(distinct start_date) filter (where is_counted) as days,
    arg_min(intent, (rank, start_date, record_key)) as intent,
    arg_min(intent_code, (rank, start_date, record_key)) as intent_code,
    arg_min(termination_reason, (rank, start_date, record_key)) as termination_reason,
    arg_min(reason_condition_key, (rank, start_date, record_key)) filter (
      where (patient_key, reason_condition_key) in (
        select (patient_key, condition_key) from neoplasm where diagnosis_key is not null
      )
    ) as reason_condition_key,
    any_value(site_groups) as site_groups,
    max(dose_gy) as dose_gy,
    max(fractions) as fractions,
    min(body_site) as body_site
  from ranked
  group by patient_key, thread, episode
),
own_tumor as (
  select
    e.patient_key,
    e.thread,
    e.episode,
    count(t.diagnosis_key) as tumors,
    min(t.diagnosis_key) as only_key,
    count(t.diagnosis_key) filter (where list_contains(e.site_groups, t.site_group)) as site_tumors,
    min(t.diagnosis_key) filter (where list_contains(e.site_groups, t.site_group)) as site_key
  from episode e
  join tumor t
    on t.patient_key = e.patient_key
    and coalesce(e.start_date >= t.diagnosis_date - interval 90 day, true)
  group by e.patient_key, e.thread, e.episode
),
linked as (
  select
    e.*,
    coalesce(
      n.diagnosis_key,
      if(o.site_tumors = 1, o.site_key, null),
      if(o.tumors = 1, o.only_key, null)
    ) as diagnosis_key,
    case
      when n.diagnosis_key is not null then 'reference'
      when o.site_tumors = 1 then 'site'
      when o.tumors = 1 then 'only-tumor'
    end as diagnosis_link
  from episode e
  left join neoplasm n on n.condition_key = e.reason_condition_key and n.patient_key = e.patient_key
  left join own_tumor o
    on o.patient_key = e.patient_key and o.thread = e.thread and o.episode = e.episode
)
select
  md5(concat_ws('|', 'treatment', l.patient_key, l.thread, l.episode))::uuid as treatment_key,
  l.patient_key::uuid as patient_key,
  l.diagnosis_key::uuid as diagnosis_key,
  l.diagnosis_link::varchar as diagnosis_link,
  l.treatment_class::varchar as treatment_class,
  l.agent::varchar as agent,
  l.agent_code::varchar as agent_code,
  l.coded.code::varchar as code,
  l.coded.system::varchar as code_system,
  l.coded.display::varchar as code_display,
  l.start_date::date as start_date,
  l.start_precision::varchar as start_precision,
  l.end_date::date as end_date,
  l.end_precision::varchar as end_precision,
  (l.end_date - l.start_date)::integer as duration_days,
  (l.start_date - t.diagnosis_date)::integer as days_from_diagnosis,
  if(l.source_type = 'administration', l.days, null)::integer as administration_count,
  l.records::integer as record_count,
  case
    when l.intent_code = '373808002' then 'curative'
    when l.intent_code = '363676003' then 'palliative'
    else lower(l.intent)
  end::varchar as intent,
  l.status::varchar as status,
  l.termination_reason::varchar as termination_reason,
  l.source_type::varchar as source_type,
  round(l.dose_gy, 4)::double as dose_gy,
  l.fractions::integer as fraction_count,
  l.body_site::varchar as body_site,
  l.source::varchar as source
from linked l
left join tumor t using (diagnosis_key)
where not (l.treatment_class = 'chemotherapy' and l.agent is null and exists (
  from episode d
  where d.patient_key = l.patient_key
    and d.agent is not null
    and d.start_date <= coalesce(l.end_date, l.start_date) + interval 30 day
    and coalesce(d.end_date, d.start_date) >= l.start_date - interval 30 day
))
