-- one row per Specimen record, and per DICOM specimen that no record of its person knows.
-- Rule specimen-1 (docs/marts/specimens.md). Parents are followed to what was taken from the person; where the way is broken,
-- leads to another person or runs in a circle, the specimen stands for itself and says so.
with recursive record as (
  select * from staging.specimen where coalesce(status, 'available') <> 'entered-in-error'
),
parented as (
  select r.specimen_key, r.patient_key, r.parent_key as named_key, p.specimen_key as parent_key
  from record r
  left join record p
    on p.specimen_key = r.parent_key and p.patient_key = r.patient_key and p.specimen_key <> r.specimen_key
),
way as (
  select specimen_key, specimen_key as at_key, 0 as depth, [specimen_key] as path from record
  union all
  select w.specimen_key, p.parent_key, w.depth + 1, list_append(w.path, p.parent_key)
  from way w
  join parented p on p.specimen_key = w.at_key
  where p.parent_key is not null and not list_contains(w.path, p.parent_key) and w.depth < 20
),
root as (
  select specimen_key, arg_max(at_key, depth) as root_key, max(depth) as depth from way group by specimen_key
),
circle as (
  select distinct w.specimen_key
  from way w
  join parented p on p.specimen_key = w.at_key
  where list_contains(w.path, p.parent_key)
),
collected as (
  select
    w.specimen_key,
    arg_min(coalesce(r.collected_date, r.collected_start_date), w.depth) as collected_date,
    arg_min(
      if(r.collected_date is not null, r.collected_precision, r.collected_start_precision), w.depth
    ) as collected_precision,
    min(w.depth) as depth
  from way w
  join record r on r.specimen_key = w.at_key
  where coalesce(r.collected_date, r.collected_start_date) is not null
  group by w.specimen_key
),
placed as (
  select
    w.specimen_key,
    arg_min(r.body_site_code, w.depth) as body_site_code,
    arg_min(coalesce(r.body_site_system, ''), w.depth) as body_site_system,
    arg_min(coalesce(r.body_site_display, r.body_site_code), w.depth) as body_site,
    arg_min(coalesce(r.body_site_snomed, ''), w.depth) as body_site_snomed
  from way w
  join record r on r.specimen_key = w.at_key
  where coalesce(r.body_site_code, r.body_site_display) is not null
  group by w.specimen_key
),
display as (
  select distinct on (display) display, regexp_replace(strip_accents(lower(display)), '[_^\s]+', ' ', 'g') as words
  from (
    select type_display as display from record
    union
    select container_display from record
    union
    select body_site_display from record
    union
    select anatomic_structure_display from staging.dicom_slide_specimen
  )
  where display is not null
  order by display
),
word as (
  select d.display, w.facet, arg_min(w.term, w.rank::integer) as term
  from display d
  join codes.imaging_word w on w.facet in ('specimen', 'region') and regexp_matches(d.words, w.pattern)
  group by d.display, w.facet
),
level as (
  select r.specimen_key, min(l.level) as level
  from record r
  join codes.code_system s on s.uri in (r.type_system, r.container_system)
  join codes.specimen_level l
    on l.system = s.system
    and ((s.uri = r.type_system and l.code = r.type_code) or (s.uri = r.container_system and l.code = r.container_code))
  group by r.specimen_key
),
link as (
  select
    specimen_key,
    count(distinct dicom_specimen_key) as dicom_specimens
  from staging.specimen_link
  where rule <> 'parent-identifier'
  group by specimen_key
),
container as (
  select distinct dicom_specimen_key from staging.specimen_link where rule <> 'parent-identifier'
),
imaged as (
  select
    s.specimen_key,
    min(p.patient_key) as patient_key,
    min(s.source) as source,
    min(s.specimen_type_code) as type_code,
    arg_min(s.specimen_type_scheme, s.specimen_type_code) as type_system,
    min(s.specimen_type_display) as type,
    min(s.anatomic_structure_code) as body_site_code,
    arg_min(s.anatomic_structure_scheme, s.anatomic_structure_code) as body_site_system,
    min(s.anatomic_structure_display) as body_site,
    count(distinct p.patient_key) > 1 as has_two_persons
  from staging.dicom_slide_specimen s
  left join staging.study_person p using (study_key)
  where s.specimen_key is not null
  group by s.specimen_key
)
select
  r.specimen_key::uuid as specimen_key,
  r.patient_key::uuid as patient_key,
  r.source::varchar as source,
  true::boolean as is_in_fhir,
  (k.specimen_key is not null)::boolean as is_in_dicom,
  p.parent_key::uuid as parent_specimen_key,
  t.root_key::uuid as collected_specimen_key,
  t.depth::integer as depth,
  coalesce(
    l.level, c.term, y.term, if(p.named_key is null and o.depth = 0, 'collected', null), 'unknown'
  )::varchar as level,
  r.type_code::varchar as type_code,
  r.type_system::varchar as type_system,
  coalesce(r.type_display, r.type_code)::varchar as type,
  o.collected_date::date as collected_date,
  o.collected_precision::varchar as collected_precision,
  case when o.depth = 0 then 'specimen' when o.depth > 0 then 'parent' end::varchar as collected_source,
  b.body_site_code::varchar as body_site_code,
  nullif(b.body_site_system, '')::varchar as body_site_system,
  b.body_site::varchar as body_site,
  coalesce(g.body_region, w.term)::varchar as body_region,
  (q.specimen_key is not null or (p.named_key is not null and p.parent_key is null))::boolean as has_parent_conflict,
  'specimen-1'::varchar as rule_version
from record r
join parented p using (specimen_key)
join root t using (specimen_key)
left join circle q using (specimen_key)
left join collected o using (specimen_key)
left join placed b using (specimen_key)
left join level l using (specimen_key)
left join link k using (specimen_key)
left join word c on c.display = r.container_display and c.facet = 'specimen'
left join word y on y.display = r.type_display and y.facet = 'specimen'
left join word w on w.display = b.body_site and w.facet = 'region'
left join codes.body_region g on g.system = 'snomed' and g.code::varchar = nullif(b.body_site_snomed, '')
union all
select
  i.specimen_key,
  if(i.has_two_persons, null, i.patient_key),
  i.source,
  false,
  true,
  null,
  i.specimen_key,
  0,
  'unknown',
  i.type_code,
  i.type_system,
  coalesce(i.type, i.type_code),
  null,
  null,
  null,
  i.body_site_code,
  i.body_site_system,
  i.body_site,
  coalesce(g.body_region, w.term),
  i.has_two_persons,
  'specimen-1'
from imaged i
anti join container c on c.dicom_specimen_key = i.specimen_key
left join word w on w.display = i.body_site and w.facet = 'region'
left join codes.body_region g on g.system = 'snomed' and g.code::varchar = i.body_site_code
