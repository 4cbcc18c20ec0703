-- name: the data of a table, with a filter and an order
-- columns: {"status_key":"uuid","patient_key":"uuid","diagnosis_key":"uuid","diagnosis_link":"text","status_date":"date","status_precision":"text","recorded_status_date":"date","date_conflict":"text","disease_status":"text","status_group":"text","scale":"text","criteria":"text","evidence":"text","value_code":"text","value_system":"text","value_display":"text","has_conflict":"bool","record_status":"text","days_from_diagnosis":"int4","record_table":"text","record_key":"uuid","record_count":"int4","source":"text","rule_version":"text"}
SELECT x.* FROM marts.disease_status x
WHERE x.status_group IS NOT NULL
ORDER BY x.status_date DESC

-- name: the count of its rows
-- columns: {"count":"int8"}
SELECT COUNT(*) FROM ( SELECT x.* FROM marts.pathology_slides x ) dbvrcnt

-- name: the grouping panel
-- columns: {"modality":"text","count":"int8"}
SELECT t.modality, COUNT(*) FROM ( SELECT x.* FROM marts.imaging_series x ) t GROUP BY t.modality ORDER BY COUNT(*) DESC

-- name: the values of a dictionary
-- columns: {"lab_group":"text","count":"int8"}
SELECT lab_group, COUNT(*) FROM marts.lab_results GROUP BY lab_group ORDER BY lab_group LIMIT 200

-- name: a script with a view and a mart
-- columns: {"site_group":"text","patients":"int8","persons":"int8"}
select c.site_group, c.patients, p.persons
from (select site_group, measure(patients) as patients from cube.cohort group by site_group) c
cross join (select count(*) as persons from marts.patients) p
