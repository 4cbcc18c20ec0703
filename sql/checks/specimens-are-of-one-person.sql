-- the way from a specimen to what was taken, and from a slide to its specimens, stays with one person
select s.specimen_key
from marts.specimens s
left join marts.specimens c on c.specimen_key = s.collected_specimen_key
where c.specimen_key is null
  or c.patient_key is distinct from s.patient_key
  or (c.specimen_key <> s.specimen_key) <> (s.depth > 0)
union all
select l.slide_key
from marts.pathology_slides l
join marts.specimens s
  on s.specimen_key in (l.specimen_record_key, l.block_specimen_key, l.collected_specimen_key)
where s.patient_key is distinct from l.patient_key
