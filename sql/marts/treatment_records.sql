-- one row per record of a treatment.
-- Rule treatment-2 (docs/marts/treatments.md). What counts as cancer treatment, which records are one treatment, and
-- which of them are counted: the strongest evidence of an episode alone (administration, dispense, statement, order;
-- a radiotherapy course summary before the fractions within it).
-- A date before the birth or after the death of the person is no date of a treatment: the record is kept apart, with
-- the date as recorded and without one that counts.
with parameter as (
  select max(value) filter (where parameter = 'treatment_gap_days')::integer as gap_days from codes.rule_parameter
),
neoplasm as (
  select patient_key, condition_key, diagnosis_key from marts.tumor_conditions where role not in ('refuted', 'benign')
),
tumor as (
  select t.patient_key, t.diagnosis_key, min(t.site_group) as site_group, min(d.diagnosis_date) as diagnosis_date
  from marts.tumor_conditions t
  left join marts.diagnosis_dates d on d.diagnosis_key = t.diagnosis_key and d.is_preferred
  where t.role = 'primary'
  group by t.patient_key, t.diagnosis_key
),
reason as (
  select patient_key, coalesce(system, '') as system, code, is_cancer from staging.cancer_reason
),
ordered as (
  select
    o.medication_request_key as order_key,
    o.patient_key,
    o.reason_condition_key,
    n.condition_key is not null or coalesce(r.is_cancer, false) as is_cancer,
    coalesce(r.is_cancer = false, false) or (c.condition_key is not null and n.condition_key is null)
      as has_other_reason
  from staging.medication_request o
  left join neoplasm n on n.condition_key = o.reason_condition_key and n.patient_key = o.patient_key
  left join staging.condition c on c.condition_key = o.reason_condition_key and c.patient_key = o.patient_key
  left join reason r
    on r.patient_key = o.patient_key and r.system = coalesce(o.reason_system, '') and r.code = o.reason_code
),
drug as (
  select
    d.*,
    case
      when n.condition_key is not null then 'reference'
      when r.is_cancer then 'code'
      when o.is_cancer then 'order'
    end as known_reason,
    coalesce(o.has_other_reason, false) or coalesce(r.is_cancer = false, false)
      or (c.condition_key is not null and n.condition_key is null) as has_other_reason,
    coalesce(n.condition_key, if(o.is_cancer, o.reason_condition_key, null)) as own_condition_key
  from staging.drug_agent d
  left join neoplasm n on n.condition_key = d.reason_condition_key and n.patient_key = d.patient_key
  left join staging.condition c on c.condition_key = d.reason_condition_key and c.patient_key = d.patient_key
  left join reason r
    on r.patient_key = d.patient_key and r.system = coalesce(d.reason_system, '') and r.code = d.reason_code
  left join ordered o on o.order_key = d.order_key and o.patient_key = d.patient_key
),
judged as (
  select
    d.*,
    case
      when d.known_reason is not null then d.known_reason
      when d.needs = 'nothing' then 'implied'
      when d.has_other_reason then null
      when d.needs = 'site' and exists (
        from tumor t
        where t.patient_key = d.patient_key and list_contains(string_split(d.site_groups, '|'), t.site_group)
          and coalesce(d.start_date >= t.diagnosis_date - interval 90 day, true)
      ) then 'site'
      when d.needs = 'tumor' and exists (
        from tumor t
        where t.patient_key = d.patient_key and coalesce(d.start_date >= t.diagnosis_date - interval 90 day, true)
      ) then 'tumor'
    end as reason_basis
  from drug d
),
procedure_word as (
  select t.display, arg_min(w.treatment_class, w.rank::integer) as treatment_class
  from (select distinct lower(code_display) as display from staging.procedure where code_display is not null) t
  join codes.treatment_word w on regexp_matches(t.display, w.pattern)
  group by t.display
),
dosed as (
  select distinct procedure_key from staging.radiotherapy_dose
),
performed as (
  select
    p.* replace (array_to_string(p.profiles, ' ') as profiles),
    d.procedure_key is not null or p.radiotherapy_sessions is not null as is_summary,
    coalesce(
      if(p.radiotherapy_modality_code is not null or p.radiotherapy_sessions is not null or d.procedure_key is not null,
        'radiotherapy', null),
      case
        when array_to_string(p.profiles, ' ') like '%mcode-radiotherapy-course-summary%' then 'radiotherapy'
        when array_to_string(p.profiles, ' ') like '%mcode-cancer-related-radiation-procedure%' then 'radiotherapy'
        when array_to_string(p.profiles, ' ') like '%mcode-cancer-related-surgical-procedure%' then 'surgery'
      end,
      c.treatment_class,
      case
        when regexp_matches(p.icd10pcs_code, '^D[0-9A-Z]{6}$') then 'radiotherapy'
        when regexp_matches(p.icd10pcs_code, '^3E0..0[0-9A-Z]$') then 'chemotherapy'
        when regexp_matches(p.icd10pcs_code, '^0.[5BT]...[0-9A-WYZ]$') then 'surgery'
        when p.cpt_code between '96401' and '96549' then 'chemotherapy'
        when p.cpt_code between '77401' and '77425' or p.cpt_code between '77520' and '77525'
          or p.cpt_code between '77750' and '77790' then 'radiotherapy'
      end,
      w.treatment_class
    ) as treatment_class,
    nullif(c.site_group, '') as site_group,
    coalesce(p.performed_date, p.performed_start_date) as start_date,
    if(p.performed_date is not null, p.performed_precision, p.performed_start_precision) as start_precision
  from staging.procedure p
  left join codes.treatment_procedure c on c.system = 'http://snomed.info/sct' and c.code = p.snomed_code
  left join procedure_word w on w.display = lower(p.code_display)
  left join dosed d using (procedure_key)
  where p.patient_key is not null
    and coalesce(p.status, 'completed') not in ('not-done', 'entered-in-error', 'preparation')
),
operated as (
  select
    e.*,
    case
      when n.condition_key is not null then 'reference'
      when r.is_cancer then 'code'
      when e.profiles like '%mcode-cancer-related-surgical-procedure%' then 'profile'
      when e.treatment_class in ('radiotherapy', 'chemotherapy', 'stem cell transplant') then 'implied'
      when not coalesce(r.is_cancer = false, false) and c.condition_key is null and exists (
        from tumor t where t.patient_key = e.patient_key and t.site_group = e.site_group
      ) then 'site'
    end as reason_basis,
    n.condition_key as own_condition_key
  from performed e
  left join neoplasm n on n.condition_key = e.reason_condition_key and n.patient_key = e.patient_key
  left join staging.condition c on c.condition_key = e.reason_condition_key and c.patient_key = e.patient_key
  left join reason r
    on r.patient_key = e.patient_key and r.system = coalesce(e.reason_system, '') and r.code = e.reason_code
  where e.treatment_class in ('surgery', 'radiotherapy', 'chemotherapy', 'stem cell transplant')
),
course as (
  select distinct
    patient_key,
    concat_ws('|', 'course', coalesce(start_date::varchar, procedure_key::varchar), performed_end_date,
      body_site_code) as thread,
    start_date,
    coalesce(performed_end_date, (start_date + interval 90 day)::date) as end_date
  from operated
  where treatment_class = 'radiotherapy' and is_summary
),
procedure_event as (
  select
    e.*,
    case
      when e.treatment_class = 'surgery' then
        concat_ws('|', 'surgery', coalesce(e.code, e.code_display), coalesce(e.start_date::varchar, e.procedure_key::varchar))
      when e.is_summary then
        concat_ws('|', 'course', coalesce(e.start_date::varchar, e.procedure_key::varchar), e.performed_end_date,
          e.body_site_code)
      else coalesce(within.thread, e.treatment_class)
    end as thread,
    if(within.thread is not null and not e.is_summary, 1, 0) as rank
  from operated e
  left join (
    select o.procedure_key, min(c.thread) as thread
    from operated o
    join course c
      on c.patient_key = o.patient_key
      and o.start_date between c.start_date - interval 7 day and c.end_date + interval 7 day
    where o.treatment_class = 'radiotherapy' and not o.is_summary
    group by o.procedure_key
  ) within using (procedure_key)
  where e.reason_basis is not null
),
event as (
  select
    patient_key, source, record_table, record_key, source_type,
    case source_type when 'administration' then 0 when 'dispense' then 1 when 'statement' then 2 else 3 end as rank,
    treatment_class, agent, agent_code, concat_ws('|', 'agent', agent) as thread, status, code, code_system,
    code_display, start_date, start_precision, date_basis, end_date, end_precision, reason_basis, own_condition_key,
    site_groups, intent_code, intent_system, intent_display, termination_reason, null::varchar as body_site_code,
    null::varchar as body_site, null::integer as sessions, null::varchar as modality, null::varchar as technique
  from judged
  where reason_basis is not null
  union all
  select
    patient_key, source, 'staging.procedure', procedure_key, 'procedure', rank, treatment_class, null, null, thread,
    status, code, code_system, code_display, start_date, start_precision,
    if(start_date is null, null, 'performed'), performed_end_date, performed_end_precision, reason_basis,
    own_condition_key, site_group, treatment_intent_code, treatment_intent_system, treatment_intent_display,
    coalesce(termination_reason_display, termination_reason_code, status_reason_code), body_site_code,
    coalesce(body_site_display, body_site_code), radiotherapy_sessions::integer,
    coalesce(radiotherapy_modality_display, radiotherapy_modality_code),
    coalesce(radiotherapy_technique_display, radiotherapy_technique_code)
  from procedure_event
),
lived as (
  select
    e.* exclude (thread, end_date, end_precision),
    case
      when s.last < p.birth_date then 'before birth'
      when e.start_date > p.deceased_last_date then 'after death'
    end as date_conflict,
    coalesce(e.end_date < e.start_date, false) as has_end_conflict,
    case
      when e.end_date < e.start_date then null
      when e.end_date > p.deceased_last_date then p.deceased_last_date
      else e.end_date
    end as end_date,
    case
      when e.end_date < e.start_date then null
      when e.end_date > p.deceased_last_date then p.deceased_precision
      else e.end_precision
    end as end_precision,
    e.thread as plain_thread
  from event e
  left join staging.person p using (patient_key)
  cross join lateral (
    select case e.start_precision
      when 'year' then (e.start_date + interval 1 year - interval 1 day)::date
      when 'month' then (e.start_date + interval 1 month - interval 1 day)::date
      else e.start_date
    end as last
  ) s
),
threaded as (
  select
    *,
    concat_ws('|', plain_thread, date_conflict) as thread,
    if(date_conflict is null, start_date, null) as valid_date,
    source_type in ('statement', 'order') and end_date is null and date_conflict is null
      and coalesce(status, 'active') in ('active', 'on-hold', 'unknown')
      and min(rank) over (partition by patient_key, plain_thread) >= 2 as is_open
  from lived
),
gap as (
  select
    t.*,
    valid_date - max(greatest(end_date, valid_date)) over earlier > parameter.gap_days
      and not coalesce(bool_or(is_open) over earlier, false) as is_new
  from threaded t
  cross join parameter
  window earlier as (
    partition by patient_key, thread
    order by valid_date nulls last, record_key
    rows between unbounded preceding and 1 preceding
  )
),
numbered as (
  select
    *,
    sum(if(coalesce(is_new, false), 1, 0)) over (
      partition by patient_key, thread order by valid_date nulls last, record_key rows unbounded preceding
    )::integer as episode
  from gap
),
span as (
  select
    patient_key, thread, episode, min(agent) as agent, min(treatment_class) as treatment_class, min(valid_date) as starts,
    max(greatest(end_date, valid_date)) as ends
  from numbered
  group by patient_key, thread, episode
),
named_chemotherapy as (
  select s.patient_key, s.thread, s.episode
  from span s
  where s.treatment_class = 'chemotherapy' and s.agent is null and exists (
    from span d
    where d.patient_key = s.patient_key and d.agent is not null
      and d.starts <= s.ends + interval 30 day and d.ends >= s.starts - interval 30 day
  )
)
select
  md5(concat_ws('|', 'treatment', n.patient_key, n.thread, n.episode))::uuid as treatment_key,
  n.record_table::varchar as record_table,
  n.record_key::uuid as record_key,
  n.patient_key::uuid as patient_key,
  n.source::varchar as source,
  n.source_type::varchar as source_type,
  (n.rank = min(n.rank) over (partition by n.patient_key, n.thread, n.episode))::boolean as is_counted,
  n.treatment_class::varchar as treatment_class,
  n.agent::varchar as agent,
  n.agent_code::varchar as agent_code,
  n.code::varchar as code,
  n.code_system::varchar as code_system,
  n.code_display::varchar as code_display,
  n.status::varchar as status,
  n.valid_date::date as start_date,
  if(n.valid_date is null, null, n.start_precision)::varchar as start_precision,
  n.date_basis::varchar as date_basis,
  n.start_date::date as recorded_start_date,
  n.start_precision::varchar as recorded_start_precision,
  n.date_conflict::varchar as date_conflict,
  if(n.date_conflict is null, n.end_date, null)::date as end_date,
  if(n.date_conflict is null, n.end_precision, null)::varchar as end_precision,
  n.has_end_conflict::boolean as has_end_conflict,
  coalesce(n.is_open, false)::boolean as is_open_ended,
  n.reason_basis::varchar as reason_basis,
  n.own_condition_key::uuid as reason_condition_key,
  n.site_groups::varchar as site_groups,
  i.intent::varchar as intent,
  coalesce(n.intent_display, n.intent_code)::varchar as intent_raw,
  n.termination_reason::varchar as termination_reason,
  n.body_site_code::varchar as body_site_code,
  n.body_site::varchar as body_site,
  n.sessions::integer as session_count,
  n.modality::varchar as radiotherapy_modality,
  n.technique::varchar as radiotherapy_technique
from numbered n
left join codes.treatment_intent i on i.system = coalesce(n.intent_system, 'http://snomed.info/sct') and i.code = n.intent_code
anti join named_chemotherapy x on x.patient_key = n.patient_key and x.thread = n.thread and x.episode = n.episode
