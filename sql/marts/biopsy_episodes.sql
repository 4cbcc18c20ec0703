-- one row per biopsy: what was taken from one site of one person on one day, and what it was.
-- Rule biopsy-1 (docs/marts/biopsy_episodes.md). malignant or benign_coded as the strongest kind of evidence says,
-- malignant before benign. no_cancer_180d is no answer of a pathologist but a proxy, kept apart: nothing coded, no
-- cancer of the person before the biopsy or within 180 days after it, and seen 180 days after it or later.
with finding as (
  select
    biopsy_key,
    any_value(patient_key) as patient_key,
    any_value(biopsy_date) as biopsy_date,
    min(biopsy_precision) as biopsy_precision,
    any_value(site_group) as site_group,
    bool_or(is_decisive and finding = 'malignant') as is_malignant,
    bool_or(is_decisive and finding = 'benign') as is_benign,
    count(distinct finding) > 1 as has_conflict,
    min(evidence) filter (where is_decisive and evidence in ('report', 'observation')) as own_evidence,
    min(evidence) filter (where is_decisive) as evidence,
    min(diagnosis_key) filter (where is_decisive and finding = 'malignant') as diagnosis_key,
    count(distinct diagnosis_key) filter (where is_decisive and finding = 'malignant') as tumors,
    count(*) filter (where evidence = 'taken' and record_table = 'staging.procedure') as procedures,
    count(*) filter (where evidence = 'taken' and record_table = 'staging.specimen') as specimens,
    count(distinct record_key) as records,
    min(source) as source
  from marts.biopsy_findings
  group by biopsy_key
),
neighbour as (
  select
    f.biopsy_key,
    coalesce(bool_or(
      t.role = 'suspected' and t.site_group in (f.site_group, 'unknown')
      and t.diagnosis_date between f.biopsy_date - 180 and f.biopsy_date
    ), false) as has_suspicion,
    coalesce(bool_or(
      t.role in ('primary', 'secondary')
      and coalesce(t.diagnosis_date <= f.biopsy_date + 180, true)
    ), false) as has_cancer
  from finding f
  left join marts.tumor_conditions t on t.patient_key = f.patient_key
  group by f.biopsy_key
),
judged as (
  select
    f.*,
    n.has_suspicion,
    p.last_contact_date,
    case
      when f.is_malignant then 'malignant'
      when f.is_benign then 'benign_coded'
      when f.biopsy_precision in ('day', 'time') and not n.has_cancer and p.last_contact_date >= f.biopsy_date + 180
        then 'no_cancer_180d'
      else 'unknown'
    end as result
  from finding f
  join neighbour n using (biopsy_key)
  left join marts.patients p on p.patient_key = f.patient_key
)
select
  biopsy_key::uuid as biopsy_key,
  patient_key::uuid as patient_key,
  if(result = 'malignant' and tumors = 1, diagnosis_key, null)::uuid as diagnosis_key,
  biopsy_date::date as biopsy_date,
  biopsy_precision::varchar as biopsy_precision,
  site_group::varchar as site_group,
  result::varchar as result,
  case
    when result = 'no_cancer_180d' then 'follow-up'
    when result <> 'unknown' then coalesce(own_evidence, evidence)
  end::varchar as result_source,
  has_conflict::boolean as has_conflict,
  has_suspicion::boolean as has_suspicion,
  (has_suspicion and result = 'benign_coded')::boolean as is_false_positive,
  (has_suspicion and result = 'no_cancer_180d')::boolean as is_false_positive_proxy,
  if(last_contact_date >= biopsy_date, last_contact_date - biopsy_date, null)::integer as follow_up_days,
  procedures::integer as procedure_count,
  specimens::integer as specimen_count,
  records::integer as record_count,
  'biopsy-1'::varchar as rule_version,
  source::varchar as source
from judged
