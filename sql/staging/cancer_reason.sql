-- one row per person and code that a record gives as reason of a treatment or cause of a death: whether it is a cancer.
-- Tables of codes come first; a code that no table knows is read by the words of its display; a neoplasm of uncertain
-- behaviour, and what neither tells, is not known (empty). ICD-10 codes outside the neoplasms are no cancer, except
-- encounters for chemotherapy and radiotherapy (Z51.0, Z51.1).
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
mapped as (
  select t.system, t.code, arg_max(m.value, (length(m.code), length(replace(m.code, '_', '')))) as role
  from (select distinct system, code from term) t
  left join codes.code_system s on s.uri = t.system
  join codes.code_map m
    on m.system = coalesce(s.system, t.system)
    and m.facet = 'role'
    and if(
      s.match = 'prefix',
      upper(replace(t.code, '.', '')) like m.code || '%',
      upper(replace(t.code, '.', '')) = upper(replace(m.code, '.', ''))
    )
  group by t.system, t.code
),
read_term as (
  select
    t.*,
    case
      when m.role in ('primary', 'secondary') then true
      when m.role = 'benign' then false
      when m.role is not null then null
      when t.system like '%icd-10%' then regexp_matches(replace(upper(t.code), '.', ''), '^Z51[01]')
      when regexp_matches(t.display, 'benign|family|history|screen|risk|prophyla|prevent') then false
      when regexp_matches(t.display,
        'cancer|carcinom|malignan|sarcoma|lymphoma|leuk(a)?emia|myeloma|melanoma|chemo|radi(o|ation) ?therap') then true
      when regexp_matches(t.display, 'neoplas|tumou?r|metasta') then null
      when t.display is not null then false
    end as is_cancer
  from term t
  left join mapped m on m.system is not distinct from t.system and m.code = t.code
)
select patient_key, system, code, bool_or(is_cancer) as is_cancer
from read_term
group by patient_key, system, code
