-- name: a bar chart
-- columns: {"stage_group":"text","ctd:patient_key:ok":"int8"}
SELECT "cancer_diagnoses"."stage_group" AS "stage_group",
  COUNT(DISTINCT "cancer_diagnoses"."patient_key") AS "ctd:patient_key:ok"
FROM "marts"."cancer_diagnoses" "cancer_diagnoses"
WHERE ("cancer_diagnoses"."site_group" IN ('breast', 'lung'))
GROUP BY 1

-- name: two tables related in the data model
-- columns: {"primary_modality":"text","sum:instance_count:ok":"int8","avg:slice_thickness_mm:ok":"float8"}
SELECT "imaging_studies"."primary_modality" AS "primary_modality",
  SUM("imaging_series"."instance_count") AS "sum:instance_count:ok",
  AVG(CAST("imaging_series"."slice_thickness_mm" AS DOUBLE PRECISION)) AS "avg:slice_thickness_mm:ok"
FROM "marts"."imaging_series" "imaging_series"
  INNER JOIN "marts"."imaging_studies" "imaging_studies" ON ("imaging_series"."study_key" = "imaging_studies"."study_key")
GROUP BY 1

-- name: a continuous axis of months
-- columns: {"tmn:diagnosis_date:ok":"timestamptz","sum:alive:ok":"int8"}
SELECT DATE_TRUNC('MONTH', CAST("outcomes"."diagnosis_date" AS DATE)) AS "tmn:diagnosis_date:ok",
  SUM((CASE WHEN "outcomes"."is_alive_1y" THEN 1 ELSE 0 END)) AS "sum:alive:ok"
FROM "marts"."outcomes" "outcomes"
WHERE ((CAST("outcomes"."diagnosis_date" AS DATE) >= DATE '2019-01-01') AND (NOT ("outcomes"."is_at_risk_1y" IS NULL)))
GROUP BY 1

-- name: an extract of a table
-- columns: {"patient_key":"uuid","sex":"text","birth_date":"date","is_deceased":"bool","last_contact_date":"date"}
SELECT "patients"."patient_key" AS "patient_key", "patients"."sex" AS "sex", "patients"."birth_date" AS "birth_date",
  "patients"."is_deceased" AS "is_deceased", "patients"."last_contact_date" AS "last_contact_date"
FROM "marts"."patients" "patients"

-- name: the probe of the columns of custom SQL
-- columns: {"patient_key":"uuid","treatment_class":"text","agent":"text","start_date":"date"}
SELECT * FROM (select patient_key, treatment_class, agent, start_date from marts.treatments) "Custom SQL Query" LIMIT 0

-- name: a view by groups
-- columns: {"site_group":"text","cnt:ok":"int8","ctd:patients:ok":"int8"}
SELECT "cohort"."site_group" AS "site_group", COUNT(1) AS "cnt:ok", COUNT(DISTINCT "cohort"."patients") AS "ctd:patients:ok"
FROM "cube"."cohort" "cohort"
GROUP BY 1
HAVING (COUNT(1) > 0)
