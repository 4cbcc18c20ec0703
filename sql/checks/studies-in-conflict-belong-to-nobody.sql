-- a study that records give to two people is shown with neither
select study_key
from marts.imaging_studies
where link_status = 'conflict' and patient_key is not null
