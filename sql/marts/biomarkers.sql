-- one row per result of a tumour marker: the value of an Observation or of one of its components.
-- Rule biomarker-1 (docs/marts/biomarkers.md). A tumour marker is in codes.biomarker, in the tumour markers of
-- codes.lab_group, or has the profile of one. Results are as coded: no number is turned into positive or negative.
with marker_code as (
  select k.uri, k.code, b.analyte, b.scale, b.specimen, b.method
  from (
    select distinct code_system as uri, code from staging.observation
    union
    select distinct code_system, code from staging.observation_component
    union
    select distinct 'http://loinc.org', loinc_code from staging.observation
    union
    select distinct 'http://loinc.org', loinc_code from staging.observation_component
  ) k
  left join (select distinct uri, system from codes.code_system) s on s.uri = k.uri
  join codes.biomarker b
    on b.system = coalesce(s.system, k.uri) and b.code = upper(replace(k.code, '.', ''))
  where k.code is not null
),
profiled as (
  select
    o.*,
    coalesce(l.uri, c.uri) is not null
      or g.loinc_code is not null
      or array_to_string(o.profiles, ' ') like '%mcode-tumor-marker%' as is_marker,
    coalesce(l.analyte, c.analyte) as analyte,
    coalesce(l.scale, c.scale) as scale,
    coalesce(l.specimen, c.specimen) as usual_specimen,
    coalesce(l.method, c.method) as usual_method
  from staging.observation o
  left join marker_code l on l.uri = 'http://loinc.org' and l.code = o.loinc_code
  left join marker_code c on c.uri = o.code_system and c.code = o.code
  left join codes.lab_group g on g.loinc_code = o.loinc_code and g.lab_group = 'tumor marker'
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled', 'registered')
    and o.patient_key is not null
),
value as (
  select
    observation_key as biomarker_key, observation_key, analyte, scale, usual_specimen, usual_method, code, code_system,
    code_display, coalesce(value_number, value_integer) as value_number, value_comparator, value_unit, value_unit_code,
    value_unit_system, value_code, value_system, value_display, value_boolean, data_absent_reason_code,
    interpretation_code
  from profiled
  where is_marker
  union all
  select
    md5(concat_ws('|', 'component', p.observation_key, coalesce(c.code_system, '-'), coalesce(c.code, '-'),
      row_number() over (
        partition by p.observation_key, c.code_system, c.code
        order by c.value_number, c.value_integer, c.value_code, c.interpretation_code
      )))::uuid,
    p.observation_key,
    coalesce(l.analyte, m.analyte, p.analyte), coalesce(l.scale, m.scale),
    coalesce(l.specimen, m.specimen, p.usual_specimen), coalesce(l.method, m.method, p.usual_method), c.code,
    c.code_system, c.code_display, coalesce(c.value_number, c.value_integer), c.value_comparator, c.value_unit,
    c.value_unit_code, c.value_unit_system, c.value_code, c.value_system, c.value_display, c.value_boolean,
    c.data_absent_reason_code, c.interpretation_code
  from staging.observation_component c
  join profiled p using (observation_key)
  left join marker_code l on l.uri = 'http://loinc.org' and l.code = c.loinc_code
  left join marker_code m on m.uri = c.code_system and m.code = c.code
  where p.is_marker or coalesce(l.analyte, m.analyte) is not null
),
result_meaning as (
  select distinct coalesce(u.uri, r.system) as uri, r.code, r.result
  from codes.result_value r
  left join codes.code_system u on u.system = r.system
),
only_tumor as (
  select patient_key, min(diagnosis_key) as diagnosis_key
  from marts.tumor_conditions
  where role = 'primary'
  group by patient_key
  having count(distinct diagnosis_key) = 1
),
dated as (
  select
    o.*,
    coalesce(o.effective_date, o.effective_instant_date, o.effective_start_date, o.issued_date) as result_date,
    case
      when o.effective_date is not null then o.effective_precision
      when o.effective_instant_date is not null then o.effective_instant_precision
      when o.effective_start_date is not null then o.effective_start_precision
      else o.issued_precision
    end as result_precision,
    coalesce(named.diagnosis_key, u.diagnosis_key) as diagnosis_key,
    case when named.diagnosis_key is not null then 'reference' when u.diagnosis_key is not null then 'only-tumor' end
      as diagnosis_link
  from profiled o
  left join marts.tumor_conditions named
    on named.condition_key = coalesce(o.focus_condition_key, o.related_condition_key)
    and named.patient_key = o.patient_key
  left join only_tumor u on u.patient_key = o.patient_key
),
resulted as (
  select
    v.*,
    o.patient_key,
    o.diagnosis_key,
    o.diagnosis_link,
    o.specimen_key,
    o.status,
    o.source,
    coalesce(o.method_display, o.method_code, nullif(v.usual_method, '')) as method,
    case when coalesce(o.method_display, o.method_code) is not null then 'coded'
      when nullif(v.usual_method, '') is not null then 'code' end as method_source,
    coalesce(s.type_display, s.type_code, nullif(v.usual_specimen, '')) as specimen_type,
    case when coalesce(s.type_display, s.type_code) is not null then 'specimen'
      when nullif(v.usual_specimen, '') is not null then 'code' end as specimen_source,
    coalesce(s.collected_date, s.collected_start_date) as specimen_date,
    if(s.collected_date is not null, s.collected_precision, s.collected_start_precision) as specimen_precision,
    o.result_date,
    o.result_precision,
    d.diagnosis_date,
    coalesce(
      r.result,
      if(v.value_boolean is null, null, if(v.value_boolean, 'positive', 'negative')),
      case when v.value_number is null and v.value_code is null and v.value_boolean is null then i.result end
    ) as result
  from value v
  join dated o using (observation_key)
  left join staging.specimen s on s.specimen_key = o.specimen_key and s.patient_key = o.patient_key
  left join marts.diagnosis_dates d on d.diagnosis_key = o.diagnosis_key and d.is_preferred
  left join result_meaning r on r.uri = v.value_system and r.code = v.value_code
  left join codes.result_value i
    on i.system = 'interpretation' and i.code = v.interpretation_code
),
compared as (
  select
    *,
    -- one test that says different things of one day
    count(distinct result) over (
      partition by patient_key, diagnosis_key, analyte, scale, method, result_date
    ) > 1 and analyte is not null and result is not null as has_conflict,
    row_number() over (
      partition by patient_key, code, code_system, value_number, value_comparator, value_unit, value_code, value_boolean,
        method, result_date
      order by observation_key, biomarker_key
    ) > 1 and result_date is not null as is_repeat
  from resulted
)
select
  biomarker_key::uuid as biomarker_key,
  observation_key::uuid as observation_key,
  patient_key::uuid as patient_key,
  diagnosis_key::uuid as diagnosis_key,
  diagnosis_link::varchar as diagnosis_link,
  analyte::varchar as analyte,
  scale::varchar as scale,
  code::varchar as code,
  code_system::varchar as code_system,
  code_display::varchar as code_display,
  status::varchar as status,
  result::varchar as result,
  value_code::varchar as value_code,
  value_system::varchar as value_system,
  value_display::varchar as value_display,
  value_number::double as value_number,
  value_comparator::varchar as comparator,
  coalesce(value_unit_code, value_unit)::varchar as unit,
  if(coalesce(value_unit_code, value_unit) is null, null, coalesce(
    value_unit_code is not null and value_unit_system = 'http://unitsofmeasure.org', false
  ))::boolean as is_ucum_unit,
  interpretation_code::varchar as interpretation,
  data_absent_reason_code::varchar as absent_reason,
  method::varchar as method,
  method_source::varchar as method_source,
  specimen_key::uuid as specimen_key,
  specimen_type::varchar as specimen_type,
  specimen_source::varchar as specimen_source,
  specimen_date::date as specimen_date,
  specimen_precision::varchar as specimen_precision,
  result_date::date as result_date,
  result_precision::varchar as result_precision,
  (coalesce(specimen_date, result_date) - diagnosis_date)::integer as days_from_diagnosis,
  case
    when coalesce(specimen_date, result_date) - diagnosis_date < -90 then 'before'
    when coalesce(specimen_date, result_date) - diagnosis_date <= 180 then 'diagnosis'
    when coalesce(specimen_date, result_date) - diagnosis_date > 180 then 'later'
  end::varchar as diagnosis_window,
  has_conflict::boolean as has_conflict,
  is_repeat::boolean as is_repeat,
  'biomarker-1'::varchar as rule_version,
  source::varchar as source
from compared
where value_number is not null or value_code is not null or value_boolean is not null
  or interpretation_code is not null or data_absent_reason_code is not null
