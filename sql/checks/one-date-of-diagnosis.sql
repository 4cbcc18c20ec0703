-- a tumour has at most one preferred date, its own, and one where any plausible record dates it
select coalesce(d.diagnosis_key, p.diagnosis_key) as diagnosis_key
from marts.cancer_diagnoses d
full join (
  select diagnosis_key, count(*) filter (where is_preferred) as preferred,
    min(diagnosis_date) filter (where is_preferred) as diagnosis_date, bool_or(is_plausible) as is_dated
  from marts.diagnosis_dates
  group by diagnosis_key
) p using (diagnosis_key)
where d.diagnosis_key is null
  or d.diagnosis_date is distinct from p.diagnosis_date
  or (p.preferred is not null and p.preferred <> if(p.is_dated, 1, 0))
