-- follow-up ends with death, whatever day of a partly known date it was
select p.patient_key
from marts.patients p
join staging.person d using (patient_key)
where p.last_contact_date > d.deceased_last_date
