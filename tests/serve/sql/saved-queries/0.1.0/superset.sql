-- name: a time series of a mart
-- columns: {"__timestamp":"timestamptz","treatment_class":"text","count":"int8"}
SELECT DATE_TRUNC('month', start_date) AS __timestamp, treatment_class AS treatment_class, COUNT(*) AS count
FROM marts.treatments
WHERE start_date >= TO_DATE('2019-01-01', 'YYYY-MM-DD') AND start_date < TO_DATE('2030-01-01', 'YYYY-MM-DD')
GROUP BY DATE_TRUNC('month', start_date), treatment_class ORDER BY count DESC
LIMIT 10000

-- name: a time series of its largest groups
-- columns: {"diagnosis_date":"timestamptz","site_group":"text","COUNT_DISTINCT(patient_key)":"int8"}
SELECT DATE_TRUNC('year', diagnosis_date) AS diagnosis_date, marts.cancer_diagnoses.site_group AS site_group, COUNT(DISTINCT patient_key) AS "COUNT_DISTINCT(patient_key)"
FROM marts.cancer_diagnoses JOIN (SELECT site_group AS site_group__, COUNT(DISTINCT patient_key) AS mme_inner__
  FROM marts.cancer_diagnoses GROUP BY site_group ORDER BY mme_inner__ DESC LIMIT 5) AS series_limit
  ON marts.cancer_diagnoses.site_group = series_limit.site_group__
GROUP BY DATE_TRUNC('year', diagnosis_date), marts.cancer_diagnoses.site_group ORDER BY "COUNT_DISTINCT(patient_key)" DESC
LIMIT 50000

-- name: a raw table
-- columns: {"lab_group":"text","code_display":"text","value_number":"float8","unit":"text","result_at":"timestamptz"}
SELECT lab_group AS lab_group, code_display AS code_display, value_number AS value_number, unit AS unit, result_at AS result_at
FROM marts.lab_results WHERE is_abnormal IS true OR comparator IS NOT NULL ORDER BY result_at DESC
LIMIT 1000

-- name: a chart of a view, over a virtual dataset
-- columns: {"diagnosis_date":"timestamp","site_group":"text","COUNT(diagnoses)":"int8","count":"int8"}
SELECT DATE_TRUNC('month', diagnosis_date) AS diagnosis_date, site_group AS site_group, count(diagnoses) AS "COUNT(diagnoses)", COUNT(*) AS count
FROM (SELECT * FROM cube.cohort) AS virtual_table
WHERE diagnosis_date >= TO_TIMESTAMP('2019-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND site_group IN ('lung', 'breast')
GROUP BY DATE_TRUNC('month', diagnosis_date), site_group ORDER BY "COUNT(diagnoses)" DESC
LIMIT 10000

-- name: a big number of a view
-- columns: {"Share linked":"float8","Series":"int8"}
SELECT MEASURE(share_linked) AS "Share linked", MEASURE(series) AS "Series" FROM cube.imaging WHERE modality IN ('CT')
LIMIT 50000
