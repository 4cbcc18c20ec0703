-- the first treatment is one of the tumour, and none of the tumour is recorded between diagnosis and it
select d.diagnosis_key
from marts.cancer_diagnoses d
left join marts.treatments f on f.treatment_key = d.first_treatment_key
where d.first_treatment_key is not null
  and (f.diagnosis_key is distinct from d.diagnosis_key or f.start_date is distinct from d.first_treatment_date)
union all
select d.diagnosis_key
from marts.cancer_diagnoses d
join marts.treatments t using (diagnosis_key)
where t.start_date >= d.diagnosis_date
  and t.start_date < coalesce(d.first_treatment_date, date '9999-12-31')
