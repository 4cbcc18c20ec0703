-- one row per laboratory Observation value or component value.
-- Laboratory: the category says so, or the LOINC code is in codes.lab_group. Values that are only text are left out.
with laboratory as (
  select
    o.*,
    coalesce(o.effective_date, o.effective_instant_date, o.effective_start_date, o.issued_date) as result_date,
    case
      when o.effective_date is not null then o.effective_precision
      when o.effective_instant_date is not null then o.effective_instant_precision
      when o.effective_start_date is not null then o.effective_start_precision
      else o.issued_precision
    end as result_precision,
    case
      when o.effective_date is not null then o.effective_at
      when o.effective_instant_date is not null then o.effective_instant_at
      when o.effective_start_date is not null then o.effective_start_at
      else o.issued_at
    end as result_at
  from staging.observation o
  where coalesce(o.status, 'final') not in ('entered-in-error', 'cancelled', 'registered')
    and (
      list_has_any(o.category_codes, ['laboratory', 'LAB'])
      or o.loinc_code in (select loinc_code::varchar from codes.lab_group)
    )
),
value as (
  select
    observation_key as lab_result_key, observation_key, code, code_system, code_display, loinc_code,
    coalesce(value_number, value_integer) as value_number, value_comparator,
    coalesce(value_unit_code, value_unit) as unit,
    value_code, value_system, value_display, reference_low, reference_high, interpretation_code
  from laboratory
  union all
  select
    md5(concat_ws('|', 'component', c.observation_key, coalesce(c.code_system, '-'), coalesce(c.code, '-'),
      row_number() over (
        partition by c.observation_key, c.code_system, c.code
        order by c.value_number, c.value_integer, c.value_code, c.interpretation_code
      )))::uuid,
    c.observation_key, c.code, c.code_system, c.code_display, c.loinc_code,
    coalesce(c.value_number, c.value_integer), c.value_comparator,
    coalesce(c.value_unit_code, c.value_unit),
    c.value_code, c.value_system, c.value_display, c.reference_low, c.reference_high, c.interpretation_code
  from staging.observation_component c
  where c.observation_key in (select observation_key from laboratory)
)
select
  v.lab_result_key::uuid as lab_result_key,
  v.observation_key::uuid as observation_key,
  l.patient_key::uuid as patient_key,
  l.encounter_key::uuid as encounter_key,
  l.specimen_key::uuid as specimen_key,
  l.status::varchar as status,
  v.loinc_code::varchar as loinc_code,
  v.code::varchar as code,
  v.code_system::varchar as code_system,
  v.code_display::varchar as code_display,
  coalesce(g.lab_group, 'other')::varchar as lab_group,
  l.result_date::date as result_date,
  l.result_precision::varchar as result_precision,
  l.result_at::timestamptz as result_at,
  v.value_number::double as value_number,
  v.value_comparator::varchar as comparator,
  v.unit::varchar as unit,
  v.value_code::varchar as value_code,
  v.value_system::varchar as value_system,
  v.value_display::varchar as value_display,
  v.reference_low::double as reference_low,
  v.reference_high::double as reference_high,
  v.interpretation_code::varchar as interpretation,
  case
    when v.interpretation_code in ('N', 'NEG', 'ND', 'NR', 'S', '17621005', '260385009') then false
    when v.interpretation_code in (
      'A', 'AA', 'H', 'HH', 'HU', 'L', 'LL', 'LU', 'POS', 'DET', 'RR', 'R', '>', '<', '263654008', '10828004'
    ) then true
    when v.value_comparator is null and v.value_number < v.reference_low then true
    when v.value_comparator is null and v.value_number > v.reference_high then true
    when v.value_comparator is null and v.value_number is not null
      and coalesce(v.reference_low, v.reference_high) is not null then false
  end::boolean as is_abnormal,
  l.source::varchar as source
from value v
join laboratory l using (observation_key)
left join codes.lab_group g on g.loinc_code::varchar = v.loinc_code
where v.value_number is not null or v.value_code is not null
