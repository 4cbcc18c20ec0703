-- name: a whole table into a sheet
-- columns: {"study_key":"uuid","source":"text","patient_key":"uuid","status":"text","rule":"text","confidence":"float8","reason":"text","is_in_fhir":"bool","study_date":"date","primary_modality":"text","instance_count":"int4"}
SELECT * FROM "chiasm"."marts"."imaging_links"

-- name: columns chosen in Microsoft Query
-- columns: {"site_group":"text","stage_group":"text","diagnosis_date":"date","age_at_diagnosis_years":"int4"}
SELECT cancer_diagnoses.site_group, cancer_diagnoses.stage_group, cancer_diagnoses.diagnosis_date, cancer_diagnoses.age_at_diagnosis_years
FROM chiasm.marts.cancer_diagnoses cancer_diagnoses
WHERE (cancer_diagnoses.site_group='lung') AND (cancer_diagnoses.diagnosis_date>='2019-01-01'::date)
ORDER BY cancer_diagnoses.diagnosis_date

-- name: tables joined in Microsoft Query, with a parameter of a cell
-- values: ["female"]
-- columns: {"treatment_class":"text","agent":"text","start_date":"date","sex":"text"}
SELECT treatments.treatment_class, treatments.agent, treatments.start_date, patients.sex
FROM marts.patients patients, marts.treatments treatments
WHERE treatments.patient_key = patients.patient_key AND ((patients.sex=$1))

-- name: a pivot table by Power Query
-- columns: {"modality":"text","Instances":"int8","Series":"int8"}
select "_"."modality" as "modality", sum("_"."instance_count") as "Instances", count(1) as "Series"
from "marts"."imaging_series" "_"
group by "modality"

-- name: a view by groups, typed as SQL
-- columns: {"lab_group":"text","results":"int8","abnormal":"int8"}
SELECT lab_group, MEASURE(results) AS results, MEASURE(abnormal_results) AS abnormal FROM cube.labs GROUP BY lab_group ORDER BY results DESC
