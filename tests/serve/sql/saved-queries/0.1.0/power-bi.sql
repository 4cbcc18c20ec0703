-- name: import of a whole mart, column by column
-- columns: {"diagnosis_key":"uuid","patient_key":"uuid","site_group":"text","stage_group":"text","diagnosis_date":"date","age_at_diagnosis_years":"int4","is_treated":"bool","first_treatment_class":"text","days_to_first_treatment":"int4"}
select "$Table"."diagnosis_key" as "diagnosis_key",
    "$Table"."patient_key" as "patient_key",
    "$Table"."site_group" as "site_group",
    "$Table"."stage_group" as "stage_group",
    "$Table"."diagnosis_date" as "diagnosis_date",
    "$Table"."age_at_diagnosis_years" as "age_at_diagnosis_years",
    "$Table"."is_treated" as "is_treated",
    "$Table"."first_treatment_class" as "first_treatment_class",
    "$Table"."days_to_first_treatment" as "days_to_first_treatment"
from "marts"."cancer_diagnoses" "$Table"

-- name: import of a range of an incremental refresh
-- columns: {"lab_result_key":"uuid","patient_key":"uuid","loinc_code":"text","result_date":"date","result_at":"timestamptz","value_number":"float8","unit":"text"}
select "_"."lab_result_key",
    "_"."patient_key",
    "_"."loinc_code",
    "_"."result_date",
    "_"."result_at",
    "_"."value_number",
    "_"."unit"
from "marts"."lab_results" "_"
where "_"."result_date" >= date '2019-01-01' and "_"."result_date" < date '2030-01-01'

-- name: DirectQuery, a column chart
-- columns: {"stage_group":"text","a0":"int8"}
select "_"."stage_group", "_"."a0"
from
(
    select "rows"."stage_group" as "stage_group", count(distinct "rows"."patient_key") as "a0"
    from
    (
        select "stage_group", "patient_key", "site_group" from "marts"."cancer_diagnoses" "$Table"
    ) "rows"
    where "rows"."site_group" in ('lung', 'breast')
    group by "stage_group"
) "_"
where not "_"."a0" is null
limit 1000001

-- name: DirectQuery, over a relationship, with the average of a number
-- columns: {"sex":"text","a0":"float8","a1":"int8"}
select "_"."sex", "_"."a0", "_"."a1"
from
(
    select "$Inner"."sex" as "sex",
        avg(cast("$Outer"."age_at_diagnosis_years" as double precision)) as "a0",
        count(1) as "a1"
    from "marts"."cancer_diagnoses" "$Outer"
    left outer join "marts"."patients" "$Inner" on ("$Outer"."patient_key" = "$Inner"."patient_key")
    group by "$Inner"."sex"
) "_"
where not "_"."a0" is null or not "_"."a1" is null
order by "_"."sex"
limit 501

-- name: DirectQuery, a slicer
-- columns: {"modality":"text"}
select "_"."modality"
from
(
    select "rows"."modality" as "modality"
    from (select "modality" from "marts"."imaging_series" "$Table") "rows"
    group by "modality"
) "_"
order by "_"."modality"
limit 101

-- name: DirectQuery over a view of the semantic layer
-- columns: {"site_group":"text","a0":"int8"}
select "_"."site_group", "_"."a0"
from
(
    select "rows"."site_group" as "site_group", count(distinct cast("rows"."patients" as decimal)) as "a0"
    from (select "site_group", "patients", "is_treated" from "cube"."cohort" "$Table") "rows"
    where "rows"."is_treated" = true and "rows"."is_treated" is not null
    group by "site_group"
) "_"
where not "_"."a0" is null
limit 1000001

-- name: DirectQuery over a view, a measure that is a number
-- columns: {"stage_group":"text","a0":"float8"}
select "_"."stage_group", "_"."a0"
from
(
    select "rows"."stage_group" as "stage_group", max("rows"."share_alive_1y") as "a0"
    from (select "stage_group", "share_alive_1y" from "cube"."cohort" "$Table") "rows"
    group by "stage_group"
) "_"
where not "_"."a0" is null
limit 1000001
