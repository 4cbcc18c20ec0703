-- one row per slide container within a study (per series where no container is named).
-- Specimens by the identifiers they share with Specimen records of the same person (rule specimen-1, docs/marts/specimens.md).
-- The finest scan (smallest pixel spacing, then the largest level) gives the facts of the image.
with level as (
  select
    l.* replace (n.study_key as study_key),
    md5(concat_ws('|', 'slide', n.study_key, coalesce(l.container_key, l.series_key)))::uuid as slide_key,
    coalesce(
      l.pixel_spacing_row_mm,
      if(l.imaged_volume_height_mm > 0 and l.total_rows > 0, l.imaged_volume_height_mm / l.total_rows, null)
    ) as spacing_mm,
    coalesce(l.image_flavor, 'VOLUME') as flavor
  from staging.dicom_slide_level l
  join marts.imaging_series n using (series_key)
  qualify row_number() over (partition by l.sop_instance_key order by l.source, l.instance_record_key) = 1
),
finest as (
  select distinct on (slide_key) *
  from level
  order by
    slide_key, flavor <> 'VOLUME', spacing_mm nulls last, total_columns * total_rows desc nulls last, series_key,
    sop_instance_key
),
slide as (
  select
    l.slide_key,
    count(*) as instance_count,
    count(distinct l.series_key) as series_count,
    count(*) filter (where l.flavor = 'VOLUME' and l.series_key = f.series_key) as level_count,
    bool_or(l.flavor = 'LABEL') as has_label,
    bool_or(l.flavor = 'OVERVIEW') as has_overview
  from level l
  join finest f using (slide_key)
  group by l.slide_key
),
specimen as (
  select l.slide_key, s.*
  from staging.dicom_slide_specimen s
  join level l using (instance_record_key)
),
described as (
  select
    slide_key,
    min(specimen_key) as specimen_key,
    greatest(count(distinct specimen_key), 1) as specimen_count,
    list_sort(list_distinct(flatten(list(stain_displays) filter (where stain_displays is not null)))) as stains,
    min(anatomic_structure_code) as tissue_site_code,
    arg_min(anatomic_structure_scheme, anatomic_structure_code) as tissue_site_scheme,
    min(anatomic_structure_display) as tissue_site,
    min(specimen_type_display) as specimen_type
  from specimen
  group by slide_key
),
found as (
  select
    c.slide_key,
    k.specimen_key,
    k.rule,
    k.confidence,
    rank() over (partition by c.slide_key order by k.rule = 'parent-identifier', k.confidence desc) as place
  from (select distinct slide_key, study_key, specimen_key as dicom_specimen_key from specimen) c
  join staging.specimen_link k using (study_key, dicom_specimen_key)
),
linked as (
  select
    d.slide_key,
    min(d.specimen_key) as record_key,
    min(d.rule) as rule,
    min(d.confidence) as confidence,
    count(distinct concat_ws('|', coalesce(m.collected_date::varchar, '?'), coalesce(m.body_site_code, '?'))) > 1 as has_conflict
  from found d
  join marts.specimens m using (specimen_key)
  where d.place = 1
  group by d.slide_key
),
stained as (
  select l.slide_key, list_sort(list(distinct t.display)) as stains
  from linked l
  join (select specimen_key, unnest(processing_displays) as display from staging.specimen) t
    on t.specimen_key = l.record_key
  join codes.imaging_word w
    on w.facet = 'stain' and regexp_matches(regexp_replace(strip_accents(lower(t.display)), '[_^\s]+', ' ', 'g'), w.pattern)
  group by l.slide_key
),
region_word as (
  select t.words, arg_min(w.term, w.rank::integer) as body_region
  from (select distinct lower(tissue_site) as words from described where tissue_site is not null) t
  join codes.imaging_word w on w.facet = 'region' and regexp_matches(t.words, w.pattern)
  group by t.words
)
select
  f.slide_key::uuid as slide_key,
  f.study_key::uuid as study_key,
  f.series_key::uuid as series_key,
  p.patient_key::uuid as patient_key,
  d.specimen_key::uuid as specimen_key,
  coalesce(d.specimen_count, 0)::integer as specimen_count,
  coalesce(f.acquisition_time_date, f.content_date, n.series_date)::date as scan_date,
  case
    when f.acquisition_time_date is not null then f.acquisition_time_precision
    when f.content_date is not null then f.content_precision
    else n.series_precision
  end::varchar as scan_precision,
  f.acquisition_time_at::timestamptz as scan_at,
  if(k.has_conflict, null, k.record_key)::uuid as specimen_record_key,
  if(k.has_conflict, null, k.rule)::varchar as specimen_link_rule,
  if(k.has_conflict, null, k.confidence)::double as specimen_link_confidence,
  coalesce(k.has_conflict, false)::boolean as has_specimen_conflict,
  if(k.has_conflict, null, block.specimen_key)::uuid as block_specimen_key,
  if(k.has_conflict, null, m.collected_specimen_key)::uuid as collected_specimen_key,
  if(k.has_conflict, null, m.collected_date)::date as collected_date,
  coalesce(nullif(array_to_string(d.stains, ', '), ''), array_to_string(t.stains, ', '))::varchar as stain,
  case when len(d.stains) > 0 then 'image' when len(t.stains) > 0 then 'specimen' end::varchar as stain_source,
  d.tissue_site_code::varchar as tissue_site_code,
  d.tissue_site_scheme::varchar as tissue_site_system,
  d.tissue_site::varchar as tissue_site,
  d.specimen_type::varchar as specimen_type,
  coalesce(c.body_region, w.body_region)::varchar as body_region,
  s.level_count::integer as level_count,
  s.instance_count::integer as instance_count,
  s.series_count::integer as series_count,
  s.has_label::boolean as has_label,
  s.has_overview::boolean as has_overview,
  try_cast(f.total_columns as integer) as width_px,
  try_cast(f.total_rows as integer) as height_px,
  round(f.spacing_mm * 1000, 6)::double as pixel_spacing_um,
  f.objective_lens_power::double as magnification,
  try_cast(f.focal_plane_count as integer) as focal_plane_count,
  n.manufacturer::varchar as manufacturer,
  n.model::varchar as model,
  n.scanner::varchar as scanner,
  'specimen-1'::varchar as rule_version
from finest f
join slide s using (slide_key)
left join described d using (slide_key)
left join marts.imaging_series n on n.series_key = f.series_key
left join staging.study_person p on p.study_key = f.study_key
left join codes.body_region c on c.system = 'snomed' and c.code::varchar = d.tissue_site_code
left join region_word w on w.words = lower(d.tissue_site)
left join linked k on k.slide_key = f.slide_key
left join stained t on t.slide_key = f.slide_key and not k.has_conflict
left join marts.specimens m on m.specimen_key = k.record_key
left join marts.specimens block
  on block.level = 'block' and block.patient_key = m.patient_key
  and block.specimen_key = if(m.level = 'block', m.specimen_key, m.parent_specimen_key)
