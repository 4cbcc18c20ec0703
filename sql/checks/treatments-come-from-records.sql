-- every treatment has a record that counts, every record of a treatment is one in staging, every statement too
with known as (
  select 'staging.medication_administration' as record_table, medication_administration_key as record_key
  from staging.medication_administration
  union all
  select 'staging.medication_dispense', medication_dispense_key from staging.medication_dispense
  union all
  select 'staging.medication_statement', medication_statement_key from staging.medication_statement
  union all
  select 'staging.medication_request', medication_request_key from staging.medication_request
  union all
  select 'staging.procedure', procedure_key from staging.procedure
  union all
  select 'staging.observation', observation_key from staging.observation
  union all
  select 'staging.condition', condition_key from staging.condition
)
select t.treatment_key as row_key
from marts.treatments t
left join marts.treatment_records r on r.treatment_key = t.treatment_key and r.is_counted
group by t.treatment_key, t.record_count
having count(distinct r.record_key) <> t.record_count or t.record_count < 1
union all
select r.treatment_key
from marts.treatment_records r
anti join known k on k.record_table = r.record_table and k.record_key = r.record_key
union all
select r.treatment_key
from marts.treatment_records r
anti join marts.treatments t using (treatment_key)
union all
select s.status_key
from marts.disease_status s
anti join known k on k.record_table = s.record_table and k.record_key = s.record_key
