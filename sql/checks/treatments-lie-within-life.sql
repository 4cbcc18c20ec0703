-- no treatment, exposure, line or statement is dated before the birth or after the death of its person
with dated as (
  select patient_key, start_date, start_precision from marts.treatments
  union all
  select patient_key, start_date, start_precision from marts.treatment_records
  union all
  select patient_key, start_date, start_precision from marts.treatment_lines
)
select d.patient_key
from dated d
join staging.person p using (patient_key)
where d.start_date > p.deceased_last_date
  or case d.start_precision
    when 'year' then d.start_date + interval 1 year
    when 'month' then d.start_date + interval 1 month
    else d.start_date + interval 1 day
  end <= p.birth_date
