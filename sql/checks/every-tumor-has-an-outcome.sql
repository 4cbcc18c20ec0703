-- outcomes and cancer_diagnoses hold the same tumours
select coalesce(d.diagnosis_key, o.diagnosis_key) as diagnosis_key
from marts.cancer_diagnoses d
full join marts.outcomes o using (diagnosis_key)
where d.diagnosis_key is null or o.diagnosis_key is null
