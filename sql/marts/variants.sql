-- one row per statement of a genomic variant: an Observation of a variant, found or not.
-- Rule variant-1 (docs/marts/variants.md). Components are those of mCODE and the genomics reporting guide; what a
-- component leaves out stays empty. Absent is said by the record only: a gene that was studied and has no variant row
-- is not a negative result.
with variant as (
  select
    *,
    coalesce(effective_date, effective_instant_date, effective_start_date, issued_date) as result_date,
    case
      when effective_date is not null then effective_precision
      when effective_instant_date is not null then effective_instant_precision
      when effective_start_date is not null then effective_start_precision
      else issued_precision
    end as result_precision
  from staging.observation
  where patient_key is not null
    and coalesce(status, 'final') not in ('entered-in-error', 'cancelled', 'registered')
    and (
      loinc_code = '69548-6'
      or array_to_string(profiles, ' ') like '%mcode-genomic-variant%'
      or array_to_string(profiles, ' ') like '%mcode-cancer-genetic-variant%'
      or array_to_string(profiles, ' ') like '%genomics-reporting/StructureDefinition/variant%'
    )
),
part as (
  select
    c.observation_key,
    c.loinc_code as part,
    c.value_code as code,
    c.value_display as display,
    coalesce(c.value_number, c.value_integer) as number,
    coalesce(c.value_unit_code, c.value_unit) as unit
  from staging.observation_component c
  where c.observation_key in (select observation_key from variant)
),
gene_part as (
  select distinct
    p.observation_key,
    regexp_replace(upper(p.code), '^HGNC:', '') as hgnc_id,
    coalesce(g.symbol, p.display) as symbol
  from part p
  left join codes.gene g on g.hgnc_id = regexp_replace(upper(p.code), '^HGNC:', '')
  where p.part = '48018-6'
),
gene as (
  select
    observation_key,
    string_agg(hgnc_id, '+' order by symbol, hgnc_id) as hgnc_id,
    string_agg(symbol, '+' order by symbol, hgnc_id) as symbol
  from gene_part
  group by observation_key
),
parts as (
  select
    observation_key,
    min(coalesce(code, display)) filter (where part = '81252-9') as variant_code,
    min(display) filter (where part = '81252-9') as variant_display,
    min(coalesce(code, display)) filter (where part = '81290-9') as hgvs_genomic,
    min(coalesce(code, display)) filter (where part = '48004-6') as hgvs_coding,
    min(coalesce(code, display)) filter (where part = '48005-3') as hgvs_protein,
    min(code) filter (where part = '48002-0') as source_class_code,
    min(coalesce(display, code)) filter (where part = '53034-5') as allelic_state,
    min(coalesce(display, code)) filter (where part = '48019-4') as change_type,
    min(coalesce(display, code)) filter (where part = '53037-8') as significance,
    max(if(unit = '%', number / 100, number)) filter (
      where part = '81258-6' and if(unit = '%', number / 100, number) between 0 and 1
    ) as allele_fraction,
    max(number) filter (where part = '82155-3') as copy_number
  from part
  group by observation_key
),
reported as (
  select r.observation_key, min(x.specimen_key) as specimen_key
  from staging.diagnostic_report_result r
  join staging.diagnostic_report_specimen x using (diagnostic_report_key)
  group by r.observation_key
  having count(distinct x.specimen_key) = 1
),
only_tumor as (
  select patient_key, min(diagnosis_key) as diagnosis_key
  from marts.tumor_conditions
  where role = 'primary'
  group by patient_key
  having count(distinct diagnosis_key) = 1
),
linked as (
  select
    v.*,
    coalesce(named.diagnosis_key, u.diagnosis_key) as diagnosis_key,
    case when named.diagnosis_key is not null then 'reference' when u.diagnosis_key is not null then 'only-tumor' end
      as diagnosis_link,
    s.specimen_key as own_specimen_key,
    coalesce(s.type_display, s.type_code) as specimen_type,
    coalesce(s.collected_date, s.collected_start_date) as specimen_date,
    if(s.collected_date is not null, s.collected_precision, s.collected_start_precision) as specimen_precision,
    case
      when v.value_code in ('LA9633-4', '10828004', '52101004', '260373001') or v.value_boolean then 'present'
      when v.value_code in ('LA9634-2', '260385009', '2667000', '260415000') or not v.value_boolean then 'absent'
      when v.value_code = 'LA18198-4' then 'no call'
      when v.value_code in ('LA11884-6', '82334004') then 'indeterminate'
    end as presence
  from variant v
  left join reported r using (observation_key)
  left join staging.specimen s
    on s.specimen_key = coalesce(v.specimen_key, r.specimen_key) and s.patient_key = v.patient_key
  left join marts.tumor_conditions named
    on named.condition_key = coalesce(v.focus_condition_key, v.related_condition_key)
    and named.patient_key = v.patient_key
  left join only_tumor u on u.patient_key = v.patient_key
),
described as (
  select
    l.*,
    g.hgnc_id,
    g.symbol,
    p.* exclude (observation_key),
    coalesce(p.hgvs_coding, p.hgvs_genomic, p.hgvs_protein, p.variant_code) as change
  from linked l
  left join gene g using (observation_key)
  left join parts p using (observation_key)
)
select
  d.observation_key::uuid as variant_key,
  d.patient_key::uuid as patient_key,
  d.diagnosis_key::uuid as diagnosis_key,
  d.diagnosis_link::varchar as diagnosis_link,
  d.status::varchar as status,
  coalesce(d.presence, 'unknown')::varchar as presence,
  d.symbol::varchar as gene,
  d.hgnc_id::varchar as hgnc_id,
  d.variant_code::varchar as variant_code,
  d.variant_display::varchar as variant_display,
  d.hgvs_genomic::varchar as hgvs_genomic,
  d.hgvs_coding::varchar as hgvs_coding,
  d.hgvs_protein::varchar as hgvs_protein,
  d.change_type::varchar as change_type,
  case d.source_class_code when 'LA6684-0' then 'somatic' when 'LA6683-2' then 'germline' when 'LA6682-4' then 'prenatal'
    when 'LA18194-3' then 'likely germline' when 'LA18195-0' then 'likely somatic' end::varchar as source_class,
  d.allelic_state::varchar as allelic_state,
  d.allele_fraction::double as allele_fraction,
  d.copy_number::double as copy_number,
  d.significance::varchar as clinical_significance,
  coalesce(d.method_display, d.method_code)::varchar as method,
  d.own_specimen_key::uuid as specimen_key,
  d.specimen_type::varchar as specimen_type,
  d.specimen_date::date as specimen_date,
  d.specimen_precision::varchar as specimen_precision,
  d.result_date::date as result_date,
  d.result_precision::varchar as result_precision,
  (coalesce(d.specimen_date, d.result_date) - x.diagnosis_date)::integer as days_from_diagnosis,
  case
    when coalesce(d.specimen_date, d.result_date) - x.diagnosis_date < -90 then 'before'
    when coalesce(d.specimen_date, d.result_date) - x.diagnosis_date <= 180 then 'diagnosis'
    when coalesce(d.specimen_date, d.result_date) - x.diagnosis_date > 180 then 'later'
  end::varchar as diagnosis_window,
  -- the same change of one specimen or day is said to be there and not to be there
  (d.presence is not null and count(distinct d.presence) over (
    partition by d.patient_key, d.hgnc_id, coalesce(d.change, '-'), coalesce(d.own_specimen_key::varchar, d.result_date::varchar, '-')
  ) > 1)::boolean as has_conflict,
  (row_number() over (
    partition by d.patient_key, d.hgnc_id, d.symbol, d.change, d.presence, d.source_class_code, d.result_date
    order by d.observation_key
  ) > 1 and d.result_date is not null)::boolean as is_repeat,
  'variant-1'::varchar as rule_version,
  d.source::varchar as source
from described d
left join marts.diagnosis_dates x on x.diagnosis_key = d.diagnosis_key and x.is_preferred
