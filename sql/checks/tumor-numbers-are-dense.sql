-- the tumours of a person are numbered from 1 without gaps
select patient_key
from marts.cancer_diagnoses
group by patient_key
having min(tumor_number) <> 1 or max(tumor_number) <> count(*)
