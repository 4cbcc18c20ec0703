-- one row per tumour and record that dates it: the candidates for its date of diagnosis.
-- Rule diagnosis-date-1 (docs/marts/diagnosis_dates.md). Collection of a malignant biopsy before asserted before onset
-- before recorded date. A biopsy counts from 180 days before to 60 days after the date that the Conditions say; within
-- one kind of date the earliest counts, where a date known only to the year or month gives way to a finer one inside.
with stated as (
  select
    t.diagnosis_key, t.patient_key, t.source, d.date_source, d.rank, d.diagnosis_date, d.diagnosis_precision,
    'staging.condition' as record_table, t.condition_key as record_key
  from marts.tumor_conditions t
  join staging.condition c using (condition_key)
  cross join lateral (
    select unnest([
      { 'date_source': 'asserted', 'rank': 1, 'diagnosis_date': c.asserted_date,
        'diagnosis_precision': c.asserted_precision },
      { 'date_source': 'onset', 'rank': 2, 'diagnosis_date': coalesce(c.onset_date, c.onset_start_date),
        'diagnosis_precision': if(c.onset_date is not null, c.onset_precision, c.onset_start_precision) },
      { 'date_source': 'recorded', 'rank': 3, 'diagnosis_date': c.recorded_date,
        'diagnosis_precision': c.recorded_precision }
    ], recursive := true)
  ) d
  where t.role = 'primary' and d.diagnosis_date is not null
),
said as (
  select *, case diagnosis_precision
      when 'year' then diagnosis_date + interval 1 year
      when 'month' then diagnosis_date + interval 1 month
      else diagnosis_date + interval 1 day
    end::date as diagnosis_end
  from stated
),
clinical as (
  select
    diagnosis_key,
    arg_min(diagnosis_date, (rank, diagnosis_end, diagnosis_date)) as clinical_date,
    arg_min(diagnosis_end, (rank, diagnosis_end, diagnosis_date)) as clinical_end
  from said
  group by diagnosis_key
),
candidate as (
  select * from said
  union all by name
  select
    f.diagnosis_key, f.patient_key, f.source, 'biopsy' as date_source, 0 as rank, f.biopsy_date as diagnosis_date,
    f.biopsy_precision as diagnosis_precision, f.biopsy_date + 1 as diagnosis_end, f.record_table, f.record_key
  from (
    select distinct
      m.diagnosis_key, m.patient_key, m.biopsy_date, t.biopsy_precision, t.record_table, t.record_key, t.source
    from marts.biopsy_findings m
    join marts.biopsy_findings t on t.biopsy_key = m.biopsy_key and t.evidence = 'taken'
    where m.finding = 'malignant' and m.is_decisive and m.diagnosis_key is not null and m.biopsy_date is not null
  ) f
),
judged as (
  select
    c.*,
    c.date_source <> 'biopsy' or coalesce(
      c.diagnosis_date between k.clinical_date - 180 and k.clinical_end + 60, true
    ) as is_plausible
  from candidate c
  left join clinical k using (diagnosis_key)
),
ranked as (
  select
    *,
    row_number() over (
      partition by diagnosis_key
      order by not is_plausible, rank, diagnosis_end, diagnosis_date, record_table, record_key
    ) = 1 and is_plausible as is_preferred
  from judged
)
select
  md5(concat_ws('|', 'diagnosis date', diagnosis_key, date_source, record_key))::uuid as diagnosis_date_key,
  diagnosis_key::uuid as diagnosis_key,
  patient_key::uuid as patient_key,
  date_source::varchar as date_source,
  diagnosis_date::date as diagnosis_date,
  diagnosis_precision::varchar as diagnosis_precision,
  (diagnosis_date - min(if(is_preferred, diagnosis_date, null)) over (partition by diagnosis_key))::integer
    as days_from_preferred,
  is_plausible::boolean as is_plausible,
  is_preferred::boolean as is_preferred,
  record_table::varchar as record_table,
  record_key::uuid as record_key,
  'diagnosis-date-1'::varchar as rule_version,
  source::varchar as source
from ranked
