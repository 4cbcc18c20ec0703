-- name: the first look at a table
-- columns: {"study_key":"uuid","patient_key":"uuid","study_date":"date","primary_modality":"text","body_region":"text","series_count":"int4"}
SELECT "marts"."imaging_studies"."study_key" AS "study_key", "marts"."imaging_studies"."patient_key" AS "patient_key",
  "marts"."imaging_studies"."study_date" AS "study_date", "marts"."imaging_studies"."primary_modality" AS "primary_modality",
  "marts"."imaging_studies"."body_region" AS "body_region", "marts"."imaging_studies"."series_count" AS "series_count"
FROM "marts"."imaging_studies" LIMIT 2000

-- name: a summary by month
-- columns: {"diagnosis_date":"date","count":"int8"}
SELECT CAST(DATE_TRUNC('month', "marts"."cancer_diagnoses"."diagnosis_date") AS date) AS "diagnosis_date", COUNT(*) AS "count"
FROM "marts"."cancer_diagnoses"
WHERE ("marts"."cancer_diagnoses"."diagnosis_date" >= date '2019-01-01')
  AND ("marts"."cancer_diagnoses"."diagnosis_date" < date '2030-01-01')
GROUP BY CAST(DATE_TRUNC('month', "marts"."cancer_diagnoses"."diagnosis_date") AS date)
ORDER BY CAST(DATE_TRUNC('month', "marts"."cancer_diagnoses"."diagnosis_date") AS date) ASC

-- name: an implicit join over a foreign key
-- columns: {"patients__via__patient_key__sex":"text","count":"int8","count_2":"int8"}
SELECT "patients__via__patient_key"."sex" AS "patients__via__patient_key__sex", COUNT(*) AS "count",
  COUNT(distinct "marts"."treatments"."patient_key") AS "count_2"
FROM "marts"."treatments"
LEFT JOIN "marts"."patients" AS "patients__via__patient_key"
  ON "marts"."treatments"."patient_key" = "patients__via__patient_key"."patient_key"
WHERE ("marts"."treatments"."treatment_class" = 'chemotherapy') OR ("marts"."treatments"."treatment_class" = 'radiotherapy')
GROUP BY "patients__via__patient_key"."sex" ORDER BY "patients__via__patient_key"."sex" ASC

-- name: a histogram in bins
-- columns: {"age_at_diagnosis_years":"numeric","count":"int8"}
SELECT FLOOR(("marts"."cancer_diagnoses"."age_at_diagnosis_years" / 10.0)) * 10.0 AS "age_at_diagnosis_years", COUNT(*) AS "count"
FROM "marts"."cancer_diagnoses"
GROUP BY FLOOR(("marts"."cancer_diagnoses"."age_at_diagnosis_years" / 10.0)) * 10.0
ORDER BY FLOOR(("marts"."cancer_diagnoses"."age_at_diagnosis_years" / 10.0)) * 10.0 ASC

-- name: the values of a filter
-- columns: {"site_group":"text"}
SELECT "marts"."cancer_diagnoses"."site_group" AS "site_group" FROM "marts"."cancer_diagnoses"
GROUP BY "marts"."cancer_diagnoses"."site_group" ORDER BY "marts"."cancer_diagnoses"."site_group" ASC LIMIT 1000

-- name: a native question with a variable
-- values: ["lung", 40]
-- columns: {"site_group":"text","stage_group":"text","diagnoses":"int8","median_age":"float8"}
SELECT site_group, stage_group, measure(diagnoses) AS diagnoses, measure(median_age_years) AS median_age
FROM cube.cohort WHERE site_group = $1 AND age_at_diagnosis_years >= $2 GROUP BY site_group, stage_group

-- name: a question over a question, over a view
-- columns: {"diagnosis_date":"timestamp","site_group":"text","count":"int8","avg":"numeric"}
SELECT "source"."diagnosis_date" AS "diagnosis_date", "source"."site_group" AS "site_group", COUNT(*) AS "count", AVG("source"."age") AS "avg"
FROM (SELECT DATE_TRUNC('year', "cube"."cohort"."diagnosis_date") AS "diagnosis_date", "cube"."cohort"."site_group" AS "site_group",
    "cube"."cohort"."age_at_diagnosis_years" AS "age" FROM "cube"."cohort"
  WHERE ("cube"."cohort"."diagnosis_date" >= timestamp '2019-01-01 00:00:00')) AS "source"
WHERE "source"."age" IS NOT NULL
GROUP BY "source"."diagnosis_date", "source"."site_group" ORDER BY "source"."diagnosis_date" ASC, "source"."site_group" ASC
