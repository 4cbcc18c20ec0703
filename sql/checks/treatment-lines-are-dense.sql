-- the lines of a person and tumour are numbered from 1 without gaps, begin in that order, and hold every dated episode
-- of their classes once
select patient_key
from (
  select *, lag(start_date) over (partition by patient_key, diagnosis_key order by line_number) as previous
  from marts.treatment_lines
)
group by patient_key, diagnosis_key
having min(line_number) <> 1 or max(line_number) <> count(*) or bool_or(start_date < previous)
union all
select patient_key
from marts.treatment_line_agents
group by patient_key, treatment_key
having count(*) > 1
union all
select l.patient_key
from marts.treatment_lines l
left join marts.treatment_line_agents a using (line_key)
group by l.patient_key, l.line_key, l.treatment_count
having count(a.treatment_key) <> l.treatment_count
