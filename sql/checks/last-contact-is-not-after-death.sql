-- follow-up ends with death
select patient_key
from marts.patients
where last_contact_date > deceased_date
