insert into staging.observation by name
select key(id) as observation_key, key('p1') as patient_key, 'ehr' as source, status, [category] as category_codes,
  loinc as code, loinc as loinc_code, 'http://loinc.org' as code_system, date '2020-01-01' as effective_date,
  'day' as effective_precision, number as value_number, comparator as value_comparator, 'ng/mL' as value_unit_code,
  coded as value_code, low as reference_low, high as reference_high, flag as interpretation_code
from (values
  ('o1', 'final', 'laboratory', '2857-1', 4.5, null, null, null, 4.0, null),
  ('o2', 'final', 'laboratory', '2857-1', 3.5, null, null, null, 4.0, null),
  ('o3', 'final', 'laboratory', '2857-1', 0.1, '<', null, null, 4.0, null),
  ('o4', 'final', 'laboratory', '718-7', 9.0, null, null, null, null, 'L'),
  ('o5', 'final', 'laboratory', '85337-4', null, null, '10828004', null, null, null),
  ('o6', 'final', 'vital-signs', '8302-2', 170.0, null, null, null, null, null),
  ('o7', 'entered-in-error', 'laboratory', '718-7', 1.0, null, null, null, null, null),
  ('o8', 'final', 'laboratory', '24323-8', null, null, null, null, null, null),
  ('o9', 'final', null, '2160-0', 1.1, null, null, null, null, null)
) t(id, status, category, loinc, number, comparator, coded, low, high, flag);
insert into staging.observation_component by name
select key('o8') as observation_key, loinc as code, loinc as loinc_code, number as value_number, 'mmol/L' as value_unit
from (values ('2951-2', 140.0), ('2823-3', 4.1), ('x', null)) t(loinc, number);
