-- cycles are distinct days of counted records, and only administrations have cycles
select treatment_key
from marts.treatments
where administration_count > record_count
  or (administration_count is not null) <> (source_type = 'administration')
  or record_count < 1
  or duration_days < 0
