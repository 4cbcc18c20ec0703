-- one row per drug record and antineoplastic agent that it names; a record that names none has no row.
-- A record tells its medication itself, by reference to a Medication record, or by one that it contains (#id); a
-- Medication tells its code and its ingredients, or refers to the Medication that is its ingredient.
-- RxNorm and ATC codes are read first. Where no table knows them, the words of the coded displays name the agent, the
-- longest name first (trastuzumab deruxtecan is not trastuzumab). Free text is never read.
with drug as (
  select 'administration' as source_type, 'staging.medication_administration' as record_table,
    medication_administration_key as record_key, patient_key, source, status, medication_request_key as order_key,
    medication_rxnorm, medication_atc, medication_code, medication_system, medication_display, medication_key,
    coalesce(effective_date, effective_start_date) as start_date,
    if(effective_date is not null, effective_precision, effective_start_precision) as start_precision,
    if(coalesce(effective_date, effective_start_date) is null, null, 'given') as date_basis,
    effective_end_date as end_date, effective_end_precision as end_precision,
    reason_condition_key, reason_system, reason_code, treatment_intent_code, treatment_intent_system,
    treatment_intent_display, coalesce(termination_reason_display, termination_reason_code) as termination_reason
  from staging.medication_administration
  where coalesce(status, 'completed') not in ('not-done', 'entered-in-error')
  union all
  select 'dispense', 'staging.medication_dispense', medication_dispense_key, patient_key, source, status,
    medication_request_key, medication_rxnorm, medication_atc, medication_code, medication_system, medication_display,
    medication_key, coalesce(handed_over_date, prepared_date),
    if(handed_over_date is not null, handed_over_precision, prepared_precision),
    case when handed_over_date is not null then 'handed over' when prepared_date is not null then 'prepared' end,
    if(lower(days_supply_unit) in ('d', 'day', 'days') and days_supply_number between 0 and 730,
      coalesce(handed_over_date, prepared_date) + days_supply_number::integer, null),
    if(lower(days_supply_unit) in ('d', 'day', 'days') and days_supply_number between 0 and 730, 'day', null),
    null, null, null, null, null, null, null
  from staging.medication_dispense
  where coalesce(status, 'completed') not in ('cancelled', 'declined', 'entered-in-error', 'preparation')
  union all
  select 'statement', 'staging.medication_statement', medication_statement_key, patient_key, source, status,
    medication_request_key, medication_rxnorm, medication_atc, medication_code, medication_system, medication_display,
    medication_key, coalesce(effective_date, effective_start_date, asserted_date),
    case when effective_date is not null then effective_precision
      when effective_start_date is not null then effective_start_precision else asserted_precision end,
    case when coalesce(effective_date, effective_start_date) is not null then 'taken'
      when asserted_date is not null then 'asserted' end,
    effective_end_date, effective_end_precision, reason_condition_key, reason_system, reason_code,
    treatment_intent_code, treatment_intent_system, treatment_intent_display,
    coalesce(termination_reason_display, termination_reason_code)
  from staging.medication_statement
  where coalesce(status, 'unknown') not in ('not-taken', 'intended', 'entered-in-error')
  union all
  select 'order', 'staging.medication_request', medication_request_key, patient_key, source, status,
    medication_request_key, medication_rxnorm, medication_atc, medication_code, medication_system, medication_display,
    medication_key, coalesce(dosage_start_date, authored_date),
    if(dosage_start_date is not null, dosage_start_precision, authored_precision),
    case when dosage_start_date is not null then 'planned' when authored_date is not null then 'ordered' end,
    coalesce(
      dosage_end_date,
      if(lower(supply_days_unit) in ('d', 'day', 'days') and supply_days_number between 1 and 730,
        coalesce(dosage_start_date, authored_date)
          + (supply_days_number * (1 + coalesce(least(repeats_allowed, 24), 0)))::integer, null)),
    if(dosage_end_date is not null, dosage_end_precision,
      if(lower(supply_days_unit) in ('d', 'day', 'days') and supply_days_number between 1 and 730, 'day', null)),
    reason_condition_key, reason_system, reason_code, treatment_intent_code, treatment_intent_system,
    treatment_intent_display, coalesce(termination_reason_display, termination_reason_code, status_reason_code)
  from staging.medication_request
  where coalesce(status, 'unknown') not in ('cancelled', 'draft', 'entered-in-error')
    and coalesce(intent, 'order') not in ('proposal', 'plan', 'option')
    and not coalesce(do_not_perform, false)
),
medication as (
  select medication_key, rxnorm_code, atc_code, code, code_system, code_display, ingredient_rxnorms, ingredient_atcs,
    ingredient_displays, ingredient_medication_key
  from staging.medication
  union all
  select medication_key, rxnorm_code, atc_code, code, code_system, code_display, ingredient_rxnorms, ingredient_atcs,
    ingredient_displays, ingredient_medication_key
  from staging.medication_administration_contained
  union all
  select medication_key, rxnorm_code, atc_code, code, code_system, code_display, ingredient_rxnorms, ingredient_atcs,
    ingredient_displays, ingredient_medication_key
  from staging.medication_dispense_contained
  union all
  select medication_key, rxnorm_code, atc_code, code, code_system, code_display, ingredient_rxnorms, ingredient_atcs,
    ingredient_displays, ingredient_medication_key
  from staging.medication_statement_contained
  union all
  select medication_key, rxnorm_code, atc_code, code, code_system, code_display, ingredient_rxnorms, ingredient_atcs,
    ingredient_displays, ingredient_medication_key
  from staging.medication_request_contained
),
named as (
  select
    d.* replace (
      coalesce(d.medication_code, m.code) as medication_code,
      coalesce(d.medication_system, m.code_system) as medication_system,
      coalesce(d.medication_display, m.code_display, m.ingredient_displays[1]) as medication_display
    ),
    list_filter(
      list_concat([d.medication_rxnorm, m.rxnorm_code, i.rxnorm_code],
        coalesce(m.ingredient_rxnorms, []), coalesce(i.ingredient_rxnorms, [])),
      lambda code: code is not null
    ) as rxnorms,
    list_filter(
      list_concat([d.medication_atc, m.atc_code, i.atc_code],
        coalesce(m.ingredient_atcs, []), coalesce(i.ingredient_atcs, [])),
      lambda code: code is not null
    ) as atcs,
    list_transform(
      list_filter(
        list_concat([d.medication_display, m.code_display, i.code_display],
          coalesce(m.ingredient_displays, []), coalesce(i.ingredient_displays, [])),
        lambda display: display is not null
      ),
      lambda display: lower(display)
    ) as displays
  from drug d
  left join medication m on m.medication_key = d.medication_key
  left join medication i on i.medication_key = m.ingredient_medication_key
  where d.patient_key is not null
),
agent_by_code as (
  select 'rxnorm' as kind, rxnorm_code as code, agent from codes.agent_code
  union
  select 'rxnorm', rxnorm_code, agent from codes.agent where rxnorm_code is not null
  union
  select 'atc', atc_code, agent from codes.agent_atc
),
agent_by_name as (
  select t.display, arg_max(a.agent, (length(a.agent), a.agent)) as agent
  from (select distinct unnest(displays) as display from named) t
  join codes.agent a
    on regexp_matches(t.display, '(^|[^a-z])(' || concat_ws('|', a.agent, nullif(a.synonyms, '')) || ')([^a-z]|$)')
  group by t.display
),
term as (
  select record_table, record_key, 'rxnorm' as kind, unnest(rxnorms) as text from named
  union all
  select record_table, record_key, 'atc', upper(unnest(atcs)) from named
),
coded as (
  select distinct t.record_table, t.record_key, a.agent
  from term t
  join agent_by_code a on a.kind = t.kind and a.code = t.text
),
worded as (
  select distinct n.record_table, n.record_key, a.agent
  from (select record_table, record_key, unnest(displays) as display from named) n
  join agent_by_name a using (display)
  anti join coded c on c.record_table = n.record_table and c.record_key = n.record_key
),
found as (
  from coded union all from worded
)
select
  n.record_table,
  n.record_key,
  n.patient_key,
  n.source,
  n.source_type,
  n.order_key,
  f.agent,
  a.rxnorm_code as agent_code,
  a.treatment_class,
  a.needs,
  a.site_groups,
  n.status,
  n.medication_code as code,
  n.medication_system as code_system,
  n.medication_display as code_display,
  n.start_date,
  n.start_precision,
  n.date_basis,
  n.end_date,
  n.end_precision,
  n.reason_condition_key,
  n.reason_system,
  n.reason_code,
  n.treatment_intent_code as intent_code,
  n.treatment_intent_system as intent_system,
  n.treatment_intent_display as intent_display,
  n.termination_reason
from found f
join named n using (record_table, record_key)
join codes.agent a using (agent)
