-- one row per tumour: follow-up from the diagnosis on. A contact or death before the diagnosis is no follow-up: empty.
-- A horizon is known when the person died within it or was followed beyond it. 1 year is 365 days, 5 years are 1826.
with followed as (
  select
    d.diagnosis_key,
    d.patient_key,
    d.diagnosis_date,
    p.patient_key is not null as is_known,
    coalesce(p.is_deceased, false) as is_deceased,
    p.deceased_date,
    p.deceased_precision,
    p.last_contact_date,
    if(coalesce(p.is_deceased, false), p.deceased_date, p.last_contact_date) as censor_date,
    p.deceased_date - d.diagnosis_date as days_to_death,
    coalesce(p.deceased_date, p.last_contact_date) - d.diagnosis_date as days_seen
  from marts.cancer_diagnoses d
  left join marts.patients p using (patient_key)
),
horizon as (
  select
    *,
    case when days_to_death < 0 then null when days_to_death <= 365 then false when days_seen >= 365 then true end as is_alive_1y,
    case when days_to_death < 0 then null when days_to_death <= 1826 then false when days_seen >= 1826 then true end as is_alive_5y
  from followed
)
select
  diagnosis_key::uuid as diagnosis_key,
  patient_key::uuid as patient_key,
  diagnosis_date::date as diagnosis_date,
  case when not is_known then 'unknown' when is_deceased then 'deceased' else 'alive' end::varchar as vital_status,
  is_deceased::boolean as is_deceased,
  deceased_date::date as death_date,
  deceased_precision::varchar as death_precision,
  last_contact_date::date as last_contact_date,
  censor_date::date as censor_date,
  if(censor_date >= diagnosis_date, censor_date - diagnosis_date, null)::integer as follow_up_days,
  if(days_to_death >= 0, days_to_death, null)::integer as days_to_death,
  (is_alive_1y is not null)::boolean as is_at_risk_1y,
  is_alive_1y::boolean as is_alive_1y,
  (not is_alive_1y)::boolean as is_deceased_within_1y,
  (is_alive_5y is not null)::boolean as is_at_risk_5y,
  is_alive_5y::boolean as is_alive_5y,
  (not is_alive_5y)::boolean as is_deceased_within_5y
from horizon
