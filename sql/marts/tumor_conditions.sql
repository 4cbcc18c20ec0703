-- one row per Condition that names a neoplasm, with the tumour it belongs to.
-- Rule tumor-1. A tumour is what the confirmed primary malignant (or in situ) Conditions of one person say of one
-- site; a paired organ with Conditions of both sides has two tumours. Histology never splits a tumour, since one
-- tumour is often recorded as suspicion, histology and histology with stage. A Condition of unknown site joins the
-- only known site of the person. Suspicions, neoplasms of uncertain behaviour and metastases never make a tumour;
-- they join one by reference, by site, or (a metastasis) when the person has only one.
-- Codes are read by tables (ICD-10 category, ICD-O-3, SNOMED CT); only what no table knows is read by its words.
with term as (
  select distinct lower(display) as display
  from (
    select code_display as display from staging.condition
    union all
    select histology_display from staging.condition
    union all
    select body_site_display from staging.condition
  )
  where display is not null
),
word as (
  select t.display, w.facet, arg_min(w.value, w.rank::integer) as value
  from term t
  join codes.cancer_word w on regexp_matches(t.display, w.pattern)
  group by t.display, w.facet
),
reading as (
  select
    display,
    bool_or(facet = 'exclude') as is_excluded,
    -- suspected and secondary are words of other diseases too
    if(bool_or(facet = 'behavior'), max(value) filter (where facet = 'role'), null) as role,
    max(value) filter (where facet = 'behavior') as behavior,
    max(value) filter (where facet = 'site') as site_group,
    max(value) filter (where facet = 'histology') as histology_group,
    max(value) filter (where facet = 'laterality') as laterality
  from word
  group by display
),
coded as (
  select
    *,
    upper(replace(coalesce(icd10cm_code, icd10_code), '.', '')) as icd,
    upper(replace(coalesce(body_site_icdo3, if(icdo3_code like 'C%', icdo3_code, null)), '.', '')) as topography,
    coalesce(histology_icdo3, if(regexp_matches(icdo3_code, '^\d{4}'), icdo3_code, null)) as morphology,
    coalesce(verification_status, verification_status_code, 'confirmed') as verification,
    coalesce(
      case when array_to_string(profiles, ' ') like '%mcode-secondary-cancer-condition%' then 'secondary' end,
      case when array_to_string(profiles, ' ') like '%mcode-primary-cancer-condition%' then 'primary' end
    ) as profile_role
  from staging.condition
  where patient_key is not null
),
read_condition as (
  select
    c.*,
    case
      when c.verification in ('refuted', 'entered-in-error') then 'refuted'
      when c.verification in ('unconfirmed', 'provisional', 'differential')
        and coalesce(role.value, 'primary') = 'primary' then 'suspected'
      else role.value
    end as role,
    coalesce(
      nullif(m.site_group, ''),
      if(o.site_group in ('unknown', 'lymph node', 'blood and bone marrow'), null, o.site_group),
      nullif(i.site_group, 'unknown'),
      nullif(nullif(k.site_group, ''), 'unknown'),
      r.site_group,
      h.site_group,
      b.site_group,
      'unknown'
    ) as site_group,
    coalesce(
      m.histology_group,
      nullif(hk.histology_group, ''),
      h.histology_group,
      nullif(k.histology_group, ''),
      r.histology_group
    ) as histology_group,
    coalesce(
      case right(c.morphology, 2) when '/3' then 'malignant' when '/2' then 'in situ' when '/1' then 'uncertain' end,
      i.behavior,
      nullif(k.behavior, ''),
      r.behavior,
      'malignant'
    ) as behavior,
    coalesce(
      case c.laterality_code
        when '7771000' then 'left'
        when '24028007' then 'right'
        when '51440002' then 'bilateral'
      end,
      nullif(k.laterality, ''),
      case
        when c.icd10cm_code is not null and nullif(i.laterality_digit, '') is not null then
          case substr(c.icd, i.laterality_digit::integer, 1) when '1' then 'right' when '2' then 'left' end
      end,
      r.laterality,
      b.laterality
    ) as laterality,
    nullif(k.stage_group, '') as stage_group
  from coded c
  left join codes.cancer_site i on i.system = 'icd-10' and i.category = left(c.icd, 3)
  left join codes.cancer_site o on o.system = 'icd-o-3' and o.category = left(c.topography, 3)
  left join codes.morphology_group m
    on try_cast(left(c.morphology, 4) as integer) between m.first::integer and m.last::integer
  left join codes.cancer_concept k on k.code::varchar = c.snomed_code
  left join codes.cancer_concept hk on hk.code::varchar = c.histology_snomed
  left join reading r on r.display = lower(c.code_display)
  left join reading h on h.display = lower(c.histology_display)
  left join reading b on b.display = lower(c.body_site_display)
  cross join lateral (
    select case
      when c.profile_role = 'secondary' then 'secondary'
      when c.icd is not null then i.role
      when k.code is not null then coalesce(nullif(k.role, ''), 'primary')
      when c.morphology is not null then
        case right(c.morphology, 2)
          when '/3' then 'primary' when '/2' then 'primary' when '/6' then 'secondary' when '/1' then 'uncertain'
        end
      when coalesce(r.is_excluded, false) then null
      else coalesce(r.role, c.profile_role)
    end as value
  ) role
  where role.value is not null
),
dated as (
  select
    *,
    coalesce(asserted_date, onset_date, onset_start_date, recorded_date) as diagnosis_date,
    case
      when asserted_date is not null then asserted_precision
      when onset_date is not null then onset_precision
      when onset_start_date is not null then onset_start_precision
      else recorded_precision
    end as diagnosis_precision,
    case
      when asserted_date is not null then 'asserted'
      when coalesce(onset_date, onset_start_date) is not null then 'onset'
      when recorded_date is not null then 'recorded'
    end as diagnosis_date_source,
    site_group in (
      'breast', 'lung', 'kidney', 'ovary', 'testis', 'eye', 'adrenal', 'bone', 'soft tissue', 'melanoma'
    ) as is_paired
  from read_condition
),
person_site as (
  select
    patient_key,
    count(distinct site_group) filter (where site_group <> 'unknown') as known_sites,
    min(site_group) filter (where site_group <> 'unknown') as only_site
  from dated
  where role = 'primary'
  group by patient_key
),
placed as (
  select
    d.*,
    if(d.site_group = 'unknown' and p.known_sites = 1, p.only_site, d.site_group) as tumor_site
  from dated d
  left join person_site p using (patient_key)
),
sided as (
  select
    *,
    if(is_paired and laterality in ('left', 'right'), laterality, null) as own_side,
    count(distinct if(role = 'primary' and is_paired and laterality in ('left', 'right'), laterality, null))
      over (partition by patient_key, tumor_site) as sides,
    arg_min(
      if(role = 'primary' and is_paired and laterality in ('left', 'right'), laterality, null),
      (coalesce(diagnosis_date, date '9999-12-31'), laterality)
    ) over (partition by patient_key, tumor_site) as first_side
  from placed
),
keyed as (
  select
    *,
    md5(concat_ws('|', 'tumor', patient_key, tumor_site, if(sides > 1, coalesce(own_side, first_side), null)))::uuid
      as tumor_key
  from sided
),
tumor as (
  select
    patient_key,
    tumor_key,
    any_value(tumor_site) as tumor_site,
    count(*) over (partition by patient_key) as tumors
  from keyed
  where role = 'primary'
  group by patient_key, tumor_key
),
only_tumor as (
  select patient_key, tumor_key from tumor where tumors = 1
)
select
  c.condition_key::uuid as condition_key,
  c.patient_key::uuid as patient_key,
  case
    when c.role = 'primary' then c.tumor_key
    when c.role = 'refuted' then null
    else coalesce(named.tumor_key, if(c.role = 'secondary', only_tumor.tumor_key, same_site.tumor_key))
  end::uuid as diagnosis_key,
  c.role::varchar as role,
  c.verification::varchar as verification_status,
  c.clinical_status::varchar as clinical_status,
  c.tumor_site::varchar as site_group,
  c.histology_group::varchar as histology_group,
  c.behavior::varchar as behavior,
  c.laterality::varchar as laterality,
  c.stage_group::varchar as stage_group,
  c.code::varchar as code,
  c.code_system::varchar as code_system,
  c.code_display::varchar as code_display,
  coalesce(c.body_site_icdo3, c.body_site_code)::varchar as body_site_code,
  c.body_site_system::varchar as body_site_system,
  c.body_site_display::varchar as body_site_display,
  c.histology_code::varchar as histology_code,
  c.histology_system::varchar as histology_system,
  c.histology_display::varchar as histology_display,
  c.diagnosis_date::date as diagnosis_date,
  c.diagnosis_precision::varchar as diagnosis_precision,
  c.diagnosis_date_source::varchar as diagnosis_date_source,
  c.recorded_date::date as recorded_date,
  c.recorded_precision::varchar as recorded_precision,
  c.source::varchar as source
from keyed c
left join keyed named
  on named.condition_key = c.related_condition_key
  and named.patient_key = c.patient_key
  and named.role = 'primary'
left join only_tumor on only_tumor.patient_key = c.patient_key
left join (select distinct on (patient_key, tumor_site) patient_key, tumor_site, tumor_key from tumor order by tumor_key) same_site
  on same_site.patient_key = c.patient_key and same_site.tumor_site = c.tumor_site
