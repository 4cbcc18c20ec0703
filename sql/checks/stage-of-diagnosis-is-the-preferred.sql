-- the stage group of a diagnosis is that of its preferred statement
select d.diagnosis_key
from marts.cancer_diagnoses d
full join (
  select diagnosis_key, stage_subgroup
  from marts.stage_assessments
  where is_preferred and context = 'diagnosis' and item = 'group'
) s using (diagnosis_key)
where d.diagnosis_key is null or d.stage_subgroup is distinct from s.stage_subgroup
