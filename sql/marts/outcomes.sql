-- one row per tumour: follow-up from the diagnosis on.
-- Rule outcome-2 (docs/marts/outcomes.md). A contact or death before the diagnosis is no follow-up: empty. A horizon is
-- known when the person died within it or was followed beyond it, whatever day of a partly known date is the true one.
-- 1 year is 365 days, 2 years are 730, 5 years are 1826. Days are counted to a death known to the month (not before the
-- last contact), not to one known only to the year.
with parameter as (
  select max(value) filter (where parameter = 'contact_after_death_days')::integer as after_death_days
  from codes.rule_parameter
),
late_contact as (
  select e.patient_key
  from marts.patient_events e
  join staging.death d using (patient_key)
  cross join parameter p
  where e.is_contact and e.event_date > d.deceased_last_date + p.after_death_days
  group by e.patient_key
),
followed as (
  select
    d.diagnosis_key,
    d.patient_key,
    d.diagnosis_date,
    case d.diagnosis_precision
      when 'year' then (d.diagnosis_date + interval 1 year - interval 1 day)::date
      when 'month' then (d.diagnosis_date + interval 1 month - interval 1 day)::date
      else d.diagnosis_date
    end as diagnosis_last_date,
    p.patient_key is not null as is_known,
    coalesce(p.is_deceased, false) as is_deceased,
    m.deceased_date,
    m.deceased_last_date,
    m.deceased_precision,
    m.death_source,
    m.cause_code,
    m.cause_system,
    m.cause_display,
    m.cause_record_key,
    c.is_cancer as is_cancer_death,
    coalesce(m.has_death_date_conflict or m.has_death_before_birth, false) as has_death_conflict,
    l.patient_key is not null as has_contact_after_death,
    p.last_contact_date,
    case
      when not coalesce(p.is_deceased, false) then p.last_contact_date
      when m.deceased_precision = 'month' then greatest(m.deceased_date, p.last_contact_date)
      when m.deceased_precision <> 'year' then m.deceased_date
    end as censor_date
  from marts.cancer_diagnoses d
  left join marts.patients p using (patient_key)
  left join staging.death m on m.patient_key = p.patient_key
  left join staging.cancer_reason c
    on c.patient_key = m.patient_key and c.code = m.cause_code and c.system is not distinct from m.cause_system
  left join late_contact l on l.patient_key = m.patient_key
),
counted as (
  select
    *,
    if(censor_date >= diagnosis_date, censor_date - diagnosis_date, null) as follow_up_days,
    deceased_last_date < diagnosis_date as is_death_before,
    deceased_last_date - diagnosis_date as days_to_death_at_most,
    deceased_date - diagnosis_last_date as days_to_death_at_least,
    last_contact_date - diagnosis_last_date as days_seen
  from followed
),
horizon as (
  select
    *,
    case
      when is_death_before then null
      when days_to_death_at_most <= 365 then false
      when days_to_death_at_least > 365 or days_seen >= 365 then true
    end as is_alive_1y,
    case
      when is_death_before then null
      when days_to_death_at_most <= 730 then false
      when days_to_death_at_least > 730 or days_seen >= 730 then true
    end as is_alive_2y,
    case
      when is_death_before then null
      when days_to_death_at_most <= 1826 then false
      when days_to_death_at_least > 1826 or days_seen >= 1826 then true
    end as is_alive_5y
  from counted
)
select
  diagnosis_key::uuid as diagnosis_key,
  patient_key::uuid as patient_key,
  diagnosis_date::date as diagnosis_date,
  case when not is_known then 'unknown' when is_deceased then 'deceased' else 'alive' end::varchar as vital_status,
  is_deceased::boolean as is_deceased,
  deceased_date::date as death_date,
  deceased_precision::varchar as death_precision,
  death_source::varchar as death_source,
  cause_code::varchar as cause_of_death_code,
  cause_system::varchar as cause_of_death_system,
  cause_display::varchar as cause_of_death_display,
  cause_record_key::uuid as cause_of_death_record_key,
  is_cancer_death::boolean as is_cancer_death,
  has_death_conflict::boolean as has_death_conflict,
  has_contact_after_death::boolean as has_contact_after_death,
  last_contact_date::date as last_contact_date,
  censor_date::date as censor_date,
  follow_up_days::integer as follow_up_days,
  if(follow_up_days is null, null, not is_deceased)::boolean as is_censored,
  if(is_deceased, follow_up_days, null)::integer as days_to_death,
  (is_alive_1y is not null)::boolean as is_at_risk_1y,
  is_alive_1y::boolean as is_alive_1y,
  (not is_alive_1y)::boolean as is_deceased_within_1y,
  (is_alive_2y is not null)::boolean as is_at_risk_2y,
  is_alive_2y::boolean as is_alive_2y,
  (not is_alive_2y)::boolean as is_deceased_within_2y,
  (is_alive_5y is not null)::boolean as is_at_risk_5y,
  is_alive_5y::boolean as is_alive_5y,
  (not is_alive_5y)::boolean as is_deceased_within_5y,
  'outcome-2'::varchar as rule_version
from horizon
