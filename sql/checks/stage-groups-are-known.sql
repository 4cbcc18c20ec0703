-- a stage group is one of the five, and a subdivision begins with its group
select diagnosis_key, stage_group, stage_subgroup
from marts.cancer_diagnoses
where stage_group not in ('0', 'I', 'II', 'III', 'IV')
  or (stage_group is null) <> (stage_subgroup is null)
  or not starts_with(stage_subgroup, stage_group)
