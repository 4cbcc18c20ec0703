-- a tumour has one preferred statement per context and item where anything was understood, and else none
select diagnosis_key
from marts.stage_assessments
where diagnosis_key is not null
group by diagnosis_key, context, item
having count(*) filter (where is_preferred)
  <> if(count(*) filter (where coalesce(stage_subgroup, category) is not null) > 0, 1, 0)
union all
select diagnosis_key
from marts.stage_assessments
where is_preferred and (diagnosis_key is null or context is null)
