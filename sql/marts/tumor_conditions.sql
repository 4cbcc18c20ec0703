-- one row per Condition that names a neoplasm, with the tumour it belongs to.
-- Rule tumor-2 (docs/marts/tumor_conditions.md). A tumour is what the confirmed primary malignant (or in situ)
-- Conditions of one person say of one site; a paired organ with Conditions of both sides has two tumours. Histology
-- never splits a tumour, since one tumour is often recorded as suspicion, histology and histology with stage. A
-- Condition of unknown site joins the only known site of the person. Suspicions, neoplasms of uncertain behaviour,
-- benign ones and metastases never make a tumour: a metastasis joins one by reference only, a suspicion or uncertain
-- neoplasm also by a site that only one tumour of the person has.
-- Codes are read by tables (codes.code_map); only what no table knows is read by its words.
with coding as (
  select condition_key, element, uri, upper(replace(code, '.', '')) as code
  from (
    select condition_key, unnest([
      { 'element': 'code', 'uri': code_system, 'code': code },
      { 'element': 'code', 'uri': local_system, 'code': local_code },
      { 'element': 'code', 'uri': 'http://snomed.info/sct', 'code': snomed_code },
      { 'element': 'code', 'uri': 'http://hl7.org/fhir/sid/icd-10-cm', 'code': icd10cm_code },
      { 'element': 'code', 'uri': 'http://hl7.org/fhir/sid/icd-10', 'code': icd10_code },
      { 'element': 'code', 'uri': 'http://terminology.hl7.org/CodeSystem/icd-o-3', 'code': icdo3_code },
      { 'element': 'histology', 'uri': histology_system, 'code': histology_code },
      { 'element': 'histology', 'uri': 'http://snomed.info/sct', 'code': histology_snomed },
      { 'element': 'histology', 'uri': 'http://terminology.hl7.org/CodeSystem/icd-o-3', 'code': histology_icdo3 },
      { 'element': 'body', 'uri': body_site_system, 'code': body_site_code },
      { 'element': 'body', 'uri': 'http://snomed.info/sct', 'code': body_site_snomed },
      { 'element': 'body', 'uri': 'http://terminology.hl7.org/CodeSystem/icd-o-3', 'code': body_site_icdo3 }
    ], recursive := true)
    from staging.condition
    where patient_key is not null
  )
  where code is not null
),
meaning as (
  select k.uri, k.code, m.facet, s.system, s.rank::integer as rank,
    arg_max(m.value, (length(m.code), length(replace(m.code, '_', '')))) as value
  from (select distinct uri, code from coding) k
  left join codes.code_system s on s.uri = k.uri
  join codes.code_map m
    on m.system = coalesce(s.system, k.uri)
    and if(s.match = 'prefix', k.code like m.code || '%', k.code = upper(replace(m.code, '.', '')))
  group by k.uri, k.code, m.facet, s.system, s.rank
),
facet as (
  select
    c.condition_key,
    c.element,
    m.facet,
    arg_min(m.value, (coalesce(m.rank, 0), m.uri, m.code)) as value,
    arg_min(m.value, (coalesce(m.rank, 0), m.uri, m.code)) filter (where m.system = 'icd-o-3') as icdo3_value,
    count(distinct m.value) as values
  from coding c
  join meaning m using (uri, code)
  group by c.condition_key, c.element, m.facet
),
table_reading as (
  select
    condition_key,
    min(value) filter (where element = 'code' and facet = 'role') as role,
    min(value) filter (where element = 'histology' and facet = 'role') as histology_role,
    min(value) filter (where element = 'code' and facet = 'behavior') as behavior,
    min(icdo3_value) filter (where element = 'histology' and facet = 'behavior') as histology_behavior,
    min(value) filter (where element = 'code' and facet = 'site') as site,
    min(icdo3_value) filter (where element = 'histology' and facet = 'site') as histology_site,
    min(value) filter (where element = 'body' and facet = 'site') as body_site,
    min(icdo3_value) filter (where element = 'body' and facet = 'site') as topography_site,
    bool_or(element = 'code' and facet = 'site' and values > 1) as has_site_conflict,
    min(value) filter (where element = 'code' and facet = 'histology') as code_histology,
    min(value) filter (where element = 'histology' and facet = 'histology') as histology,
    min(value) filter (where element = 'code' and facet = 'laterality') as code_laterality,
    min(value) filter (where element = 'body' and facet = 'laterality') as body_laterality,
    min(value) filter (where element = 'code' and facet = 'stage') as stage,
    coalesce(
      min(value) filter (where element = 'histology' and facet = 'grade'),
      min(value) filter (where element = 'code' and facet = 'grade')
    ) as grade
  from facet
  group by condition_key
),
term as (
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
  join codes.cancer_word w on w.facet <> 'biopsy' and regexp_matches(t.display, w.pattern)
  group by t.display, w.facet
),
word_reading as (
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
    c.*,
    coalesce(c.verification_status, c.verification_status_code, 'confirmed') as verification,
    coalesce(
      case when array_to_string(c.profiles, ' ') like '%mcode-secondary-cancer-condition%' then 'secondary' end,
      case when array_to_string(c.profiles, ' ') like '%mcode-primary-cancer-condition%' then 'primary' end
    ) as profile_role,
    coalesce(
      t.role,
      case when t.behavior in ('malignant', 'in situ') then 'primary' end,
      -- every neoplasm has a code in ICD-10: another chapter is another disease
      case when coalesce(c.icd10cm_code, c.icd10_code) is not null then 'none' end,
      t.histology_role
    ) as table_role
  from staging.condition c
  left join table_reading t using (condition_key)
  where c.patient_key is not null
),
read_condition as (
  select
    c.*,
    case
      when c.verification in ('refuted', 'entered-in-error') then 'refuted'
      when c.verification in ('unconfirmed', 'provisional', 'differential') and role.value in ('primary', 'secondary')
        then 'suspected'
      else role.value
    end as role,
    case
      when role.value = c.table_role then 'table'
      when role.value = r.role then 'words'
      else 'profile'
    end as read_by,
    coalesce(
      t.histology_site, t.topography_site, t.site, t.body_site, r.site_group, h.site_group, b.site_group, 'unknown'
    ) as site_group,
    coalesce(t.histology, h.histology_group, t.code_histology, r.histology_group) as histology_group,
    coalesce(t.histology_behavior, t.behavior, r.behavior, 'malignant') as behavior,
    t.grade,
    side.qualifier as qualifier_laterality,
    coalesce(t.body_laterality, t.code_laterality, r.laterality, b.laterality) as coded_laterality,
    t.stage as stage_group,
    coalesce(t.has_site_conflict, false) as has_site_conflict
  from coded c
  left join table_reading t using (condition_key)
  left join word_reading r on r.display = lower(c.code_display)
  left join word_reading h on h.display = lower(c.histology_display)
  left join word_reading b on b.display = lower(c.body_site_display)
  cross join lateral (
    select case c.laterality_code
      when '7771000' then 'left'
      when '24028007' then 'right'
      when '51440002' then 'bilateral'
      when '399488007' then 'midline'
    end as qualifier
  ) side
  cross join lateral (
    select case
      when c.profile_role = 'secondary' then 'secondary'
      when c.table_role is not null then nullif(c.table_role, 'none')
      when coalesce(r.is_excluded, false) then null
      else coalesce(r.role, c.profile_role)
    end as value
  ) role
  where role.value is not null
),
dated as (
  select
    *,
    coalesce(qualifier_laterality, coded_laterality) as laterality,
    case when qualifier_laterality is not null then 'qualifier' when coded_laterality is not null then 'code' end
      as laterality_source,
    coalesce(qualifier_laterality <> coded_laterality, false) as has_laterality_conflict,
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
    if(d.site_group = 'unknown' and p.known_sites = 1 and d.role = 'primary', p.only_site, d.site_group) as tumor_site
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
site_tumor as (
  select patient_key, tumor_site, min(tumor_key) as tumor_key
  from keyed
  where role = 'primary'
  group by patient_key, tumor_site
  having count(distinct tumor_key) = 1
),
linked as (
  select
    c.*,
    case
      when c.role = 'primary' then c.tumor_key
      when c.role = 'refuted' then null
      else coalesce(named.tumor_key, if(c.role in ('suspected', 'uncertain'), same_site.tumor_key, null))
    end as diagnosis_key,
    case
      when c.role = 'primary' then 'own'
      when c.role = 'refuted' then null
      when named.tumor_key is not null then 'reference'
      when c.role in ('suspected', 'uncertain') and same_site.tumor_key is not null then 'site'
    end as diagnosis_link
  from keyed c
  left join keyed named
    on named.condition_key = c.related_condition_key and named.patient_key = c.patient_key and named.role = 'primary'
  left join site_tumor same_site
    on same_site.patient_key = c.patient_key and same_site.tumor_site = c.tumor_site and c.tumor_site <> 'unknown'
)
select
  condition_key::uuid as condition_key,
  patient_key::uuid as patient_key,
  diagnosis_key::uuid as diagnosis_key,
  diagnosis_link::varchar as diagnosis_link,
  role::varchar as role,
  read_by::varchar as read_by,
  verification::varchar as verification_status,
  clinical_status::varchar as clinical_status,
  tumor_site::varchar as site_group,
  has_site_conflict::boolean as has_site_conflict,
  histology_group::varchar as histology_group,
  behavior::varchar as behavior,
  grade::varchar as grade,
  laterality::varchar as laterality,
  laterality_source::varchar as laterality_source,
  has_laterality_conflict::boolean as has_laterality_conflict,
  stage_group::varchar as stage_group,
  code::varchar as code,
  code_system::varchar as code_system,
  code_display::varchar as code_display,
  coalesce(body_site_icdo3, body_site_code)::varchar as body_site_code,
  body_site_system::varchar as body_site_system,
  body_site_display::varchar as body_site_display,
  histology_code::varchar as histology_code,
  histology_system::varchar as histology_system,
  histology_display::varchar as histology_display,
  diagnosis_date::date as diagnosis_date,
  diagnosis_precision::varchar as diagnosis_precision,
  diagnosis_date_source::varchar as diagnosis_date_source,
  recorded_date::date as recorded_date,
  recorded_precision::varchar as recorded_precision,
  'tumor-2'::varchar as rule_version,
  source::varchar as source
from linked
