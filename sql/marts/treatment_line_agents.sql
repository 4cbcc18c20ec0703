-- one row per treatment episode that is part of a line of systemic treatment.
-- Rule line-1 (docs/marts/treatment_lines.md). The episodes of one person and tumour are read in order of their start.
-- The first begins line 1; agents that start within 28 days of the first day of a line belong to it. An agent of the
-- line that starts again belongs to it; so does a planned continuation (codes.regimen_continuation) that starts within
-- 120 days of the last exposure, unless a progression or recurrence is recorded since the line began. A new agent, or
-- no exposure for over 120 days, begins the next line. Where an agent is not known, or an exposure has no known end,
-- nothing shows a change and none is made.
with recursive parameter as (
  select
    max(value) filter (where parameter = 'treatment_gap_days')::integer as gap_days,
    max(value) filter (where parameter = 'line_window_days')::integer as window_days,
    max(value) filter (where parameter = 'continuation_gap_days')::integer as continuation_days,
    string_split(max(value) filter (where parameter = 'line_classes'), '|') as classes
  from codes.rule_parameter
),
progression as (
  select t.treatment_key, list(distinct d.status_date) as dates
  from marts.treatments t
  join marts.disease_status d
    on d.patient_key = t.patient_key and (d.diagnosis_key = t.diagnosis_key or d.diagnosis_key is null)
  where d.status_group in ('progression', 'recurrence', 'new metastasis') and d.status_date is not null
  group by t.treatment_key
),
radiotherapy as (
  select patient_key, list(distinct start_date) as dates
  from marts.treatments
  where treatment_class = 'radiotherapy' and start_date is not null
  group by patient_key
),
continuation as (
  select
    t.treatment_key,
    list(struct_pack(base := string_split(c.base_agents, '+'), needs_radiotherapy := c.needs_radiotherapy = 'true'))
      as plans
  from marts.treatments t
  join marts.cancer_diagnoses u using (diagnosis_key)
  join codes.regimen_continuation c
    on c.agent = t.agent and list_contains(string_split(c.site_groups, '|'), u.site_group)
  group by t.treatment_key
),
step as (
  select
    t.treatment_key,
    t.patient_key,
    t.diagnosis_key,
    t.agent,
    t.start_date,
    coalesce(t.end_date, t.start_date) as end_date,
    t.is_open_ended,
    coalesce(p.dates, []) as progressions,
    coalesce(r.dates, []) as radiations,
    coalesce(c.plans, []) as plans,
    row_number() over (
      partition by t.patient_key, t.diagnosis_key order by t.start_date, t.agent nulls last, t.treatment_key
    ) as position
  from marts.treatments t
  join parameter on list_contains(parameter.classes, t.treatment_class)
  left join progression p on p.treatment_key = t.treatment_key
  left join radiotherapy r on r.patient_key = t.patient_key
  left join continuation c on c.treatment_key = t.treatment_key
  where t.start_date is not null
),
walk as (
  select
    s.treatment_key,
    s.patient_key,
    s.diagnosis_key,
    s.position,
    1 as line_number,
    s.start_date as line_start,
    [s.agent] as agents,
    s.end_date as last_exposure,
    s.is_open_ended as is_open,
    'initial' as role,
    'first exposure' as started_by
  from step s
  where s.position = 1
  union all
  select
    s.treatment_key,
    s.patient_key,
    s.diagnosis_key,
    s.position,
    w.line_number + if(d.is_new, 1, 0),
    if(d.is_new, s.start_date, w.line_start),
    if(d.is_new, [s.agent], list_append(w.agents, s.agent)),
    if(d.is_new, s.end_date, greatest(w.last_exposure, s.end_date)),
    if(d.is_new, s.is_open_ended, w.is_open or s.is_open_ended),
    case
      when d.is_new or d.is_initial then 'initial'
      when d.is_known then 'resumed'
      when d.is_unclear then 'unclear'
      else 'continuation'
    end,
    case when d.is_gap then 'gap' when d.is_new then 'new agent' else w.started_by end
  from walk w
  join step s
    on s.patient_key = w.patient_key and s.diagnosis_key is not distinct from w.diagnosis_key
    and s.position = w.position + 1
  cross join parameter p
  cross join lateral (
    select
      not w.is_open and s.start_date - w.last_exposure > p.gap_days as is_gap,
      s.start_date - w.line_start <= p.window_days as is_initial,
      list_contains(w.agents, s.agent) as is_known,
      s.agent is null or len(list_filter(w.agents, lambda agent: agent is not null)) = 0 as is_unclear,
      (w.is_open or s.start_date - w.last_exposure <= p.continuation_days)
        and len(list_filter(s.progressions, lambda day: day between w.line_start and s.start_date)) = 0
        and len(list_filter(s.plans, lambda plan: list_has_all(w.agents, plan.base) and (
          not plan.needs_radiotherapy
          or len(list_filter(s.radiations, lambda day: day between w.line_start - 28 and s.start_date)) > 0
        ))) > 0 as is_planned
  ) f
  cross join lateral (
    select
      f.is_gap,
      f.is_initial,
      f.is_known,
      f.is_unclear,
      f.is_gap or not (f.is_initial or f.is_known or f.is_unclear or f.is_planned) as is_new
  ) d
)
select
  md5(concat_ws('|', 'line', w.patient_key, coalesce(w.diagnosis_key::varchar, '-'), w.line_number))::uuid as line_key,
  w.treatment_key::uuid as treatment_key,
  w.patient_key::uuid as patient_key,
  w.diagnosis_key::uuid as diagnosis_key,
  w.line_number::integer as line_number,
  t.agent::varchar as agent,
  t.treatment_class::varchar as treatment_class,
  w.role::varchar as role,
  w.started_by::varchar as line_started_by,
  t.start_date::date as start_date,
  t.end_date::date as end_date
from walk w
join marts.treatments t using (treatment_key)
