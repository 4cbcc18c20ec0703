-- one row per line of systemic treatment of a person and tumour.
-- Rule line-1: treatment_line_agents says which episodes make a line. A cycle is a day on which anything of the line was
-- given, however many agents. The regimen is named by the exact set of agents of the plan in codes.regimen, else its
-- agents are listed.
with agent as (
  select a.*, t.start_precision, t.end_precision, t.date_basis, t.source_type, t.intent, t.is_open_ended,
    t.diagnosis_link, t.days_from_diagnosis
  from marts.treatment_line_agents a
  join marts.treatments t using (treatment_key)
),
cycle as (
  select a.line_key, count(distinct r.start_date) as cycles
  from marts.treatment_line_agents a
  join marts.treatment_records r using (treatment_key)
  where r.is_counted and r.source_type = 'administration' and r.start_date is not null
  group by a.line_key
),
sequence as (
  select distinct agent from codes.regimen_continuation where kind = 'sequence'
),
line as (
  select
    line_key,
    any_value(patient_key) as patient_key,
    any_value(diagnosis_key) as diagnosis_key,
    any_value(line_number) as line_number,
    any_value(line_started_by) as started_by,
    min(start_date) as start_date,
    arg_min(start_precision, (start_date, start_precision)) as start_precision,
    arg_min(date_basis, (start_date, date_basis)) as date_basis,
    max(coalesce(end_date, start_date)) as end_date,
    arg_max(coalesce(end_precision, start_precision), coalesce(end_date, start_date)) as end_precision,
    bool_or(is_open_ended) as is_open_ended,
    min(days_from_diagnosis) as days_from_diagnosis,
    coalesce(list_sort(list(distinct agent) filter (where agent is not null)), []) as agents,
    coalesce(list_sort(list(distinct agent) filter (
      where agent is not null and (role <> 'continuation' or agent in (select agent from sequence))
    )), []) as regimen_agents,
    coalesce(list_sort(list(distinct agent) filter (where role = 'continuation')), []) as continuation_agents,
    list_sort(list(distinct treatment_class)) as classes,
    count(*) as treatments,
    if(count(distinct intent) filter (where intent <> 'unknown') = 1,
      min(intent) filter (where intent <> 'unknown'), 'unknown') as intent,
    bool_or(agent is null or role = 'unclear') as has_unknown_agent,
    bool_or(start_precision in ('year', 'month')) as has_partial_date,
    bool_or(source_type not in ('administration', 'dispense')) as has_weak_evidence,
    bool_or(role = 'continuation') as has_continuation,
    bool_or(diagnosis_link = 'only-tumor') as is_tumor_assumed
  from agent
  group by line_key
),
named as (
  select l.line_key, min(r.regimen) as regimen
  from line l
  left join marts.cancer_diagnoses t using (diagnosis_key)
  join codes.regimen r
    on r.agents = array_to_string(l.regimen_agents, '+')
    and (nullif(r.site_groups, '') is null or list_contains(string_split(r.site_groups, '|'), t.site_group))
  where not l.has_unknown_agent
  group by l.line_key
)
select
  l.line_key::uuid as line_key,
  l.patient_key::uuid as patient_key,
  l.diagnosis_key::uuid as diagnosis_key,
  l.line_number::integer as line_number,
  coalesce(n.regimen, nullif(array_to_string(l.regimen_agents, ' + '), ''), 'unknown')::varchar as regimen,
  case
    when n.regimen is not null then 'table' when len(l.regimen_agents) > 0 then 'agents' else 'unknown'
  end::varchar as regimen_source,
  nullif(array_to_string(l.agents, ' + '), '')::varchar as agents,
  nullif(array_to_string(l.continuation_agents, ' + '), '')::varchar as continuation_agents,
  len(l.agents)::integer as agent_count,
  array_to_string(l.classes, ' + ')::varchar as treatment_classes,
  l.started_by::varchar as started_by,
  l.start_date::date as start_date,
  l.start_precision::varchar as start_precision,
  l.date_basis::varchar as date_basis,
  l.end_date::date as end_date,
  l.end_precision::varchar as end_precision,
  l.is_open_ended::boolean as is_open_ended,
  (l.end_date - l.start_date)::integer as duration_days,
  l.days_from_diagnosis::integer as days_from_diagnosis,
  (l.start_date - lag(l.end_date) over line_order)::integer as days_since_previous_line,
  c.cycles::integer as cycle_count,
  l.treatments::integer as treatment_count,
  l.intent::varchar as intent,
  case
    when l.has_unknown_agent or l.has_partial_date or l.diagnosis_key is null then 'low'
    when l.has_weak_evidence or l.has_continuation or l.is_tumor_assumed then 'medium'
    else 'high'
  end::varchar as confidence,
  nullif(concat_ws('|',
    if(l.has_unknown_agent, 'agent unknown', null),
    if(l.has_partial_date, 'partial date', null),
    if(l.diagnosis_key is null, 'tumor unknown', null),
    if(l.has_weak_evidence, 'ordered or stated', null),
    if(l.has_continuation, 'planned continuation', null),
    if(l.is_tumor_assumed, 'tumor assumed', null)
  ), '')::varchar as confidence_reasons,
  'line-1'::varchar as rule_version
from line l
left join named n using (line_key)
left join cycle c using (line_key)
window line_order as (partition by l.patient_key, l.diagnosis_key order by l.line_number)
