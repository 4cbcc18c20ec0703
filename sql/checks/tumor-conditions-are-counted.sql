-- every confirmed primary Condition counts in exactly one tumour, and no other Condition does
select d.diagnosis_key, d.condition_count, count(c.condition_key) as conditions
from marts.cancer_diagnoses d
full join marts.tumor_conditions c on c.diagnosis_key = d.diagnosis_key and c.role = 'primary'
where d.diagnosis_key is not null or c.role = 'primary'
group by d.diagnosis_key, d.condition_count
having d.condition_count is distinct from count(c.condition_key)
