-- one row per person and code that a record gives as reason of a treatment or cause of a death: whether it is a cancer.
-- Tables of codes come first; a code that no table knows is read by the words of its display; a neoplasm of uncertain
-- behaviour, and what neither tells, is not known (empty). ICD-10 codes outside the neoplasms are no cancer, except encounters for chemotherapy and
-- radiotherapy (Z51.0, Z51.1).
with term as (
  select distinct patient_key, system, code, lower(display) as display
  from (
    select patient_key, reason_system as system, reason_code as code, reason_display as display
    from staging.medication_administration
    union all
    select patient_key, reason_system, reason_code, reason_display from staging.medication_statement
    union all
    select patient_key, reason_system, reason_code, reason_display from staging.medication_request
    union all
    select patient_key, reason_system, reason_code, reason_display from staging.procedure
    union all
    select patient_key, value_system, value_code, value_display from staging.observation where loinc_code = '69453-9'
  )
  where code is not null and patient_key is not null
),
read_term as (
  select
    t.*,
    case
      when coalesce(i.role, k.role) is not null then
        if(coalesce(i.role, k.role) in ('primary', 'secondary'), true, null)
      when t.system like '%icd-10%' then regexp_matches(replace(upper(t.code), '.', ''), '^Z51[01]')
      when regexp_matches(t.display, 'benign|family|history|screen|risk|prophyla|prevent') then false
      when regexp_matches(t.display,
        'cancer|carcinom|malignan|sarcoma|lymphoma|leuk(a)?emia|myeloma|melanoma|chemo|radi(o|ation) ?therap') then true
      when regexp_matches(t.display, 'neoplas|tumou?r|metasta') then null
      when t.display is not null then false
    end as is_cancer
  from term t
  left join codes.cancer_site i
    on i.system = 'icd-10' and t.system like '%icd-10%' and i.category = left(upper(replace(t.code, '.', '')), 3)
  left join codes.cancer_concept k on t.system like '%snomed%' and k.code = t.code
)
select patient_key, system, code, bool_or(is_cancer) as is_cancer
from read_term
group by patient_key, system, code
