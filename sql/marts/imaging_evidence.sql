-- one row per series, item (body_region, contrast, contrast_phase, localizer) and what a source says of it.
-- Rule imaging-1 (docs/marts/imaging_series.md). What is said of a whole study holds for its acquired series, of contrast
-- for no localizer; objects made from images have a body region only. The source of the lowest rank is shown, the others are kept; "both" (with and without
-- contrast) decides nothing for one series.
with series as (
  select
    coalesce(d.series_key, f.series_key) as series_key,
    coalesce(d.study_key, f.study_key) as study_key,
    coalesce(m.is_derived::varchar = 'true', false) as is_derived
  from staging.dicom_series d
  full join (
    select distinct on (series_key) series_key, coalesce(study_key, imaging_study_key) as study_key, modality_code
    from staging.imaging_study_series
    where series_key is not null
    order by series_key, source, imaging_study_key
  ) f using (series_key)
  left join codes.modality m on m.modality = coalesce(d.modality, f.modality_code)
),
locator as (
  select distinct series_key from staging.imaging_statement where item = 'localizer'
),
heard as (
  select s.series_key, t.item, t.source, t.value, t.rank
  from staging.imaging_statement t
  join series s using (series_key)
  where t.item = 'body_region' or not s.is_derived
  union
  select s.series_key, t.item, t.source, t.value, t.rank
  from staging.imaging_statement t
  join series s using (study_key)
  left join locator l on l.series_key = s.series_key
  where t.series_key is null
    and not s.is_derived
    and (t.item = 'body_region' or (t.item = 'contrast' and l.series_key is null))
),
shown as (
  select series_key, item, arg_min(struct_pack(source := source, value := value), (rank, value)) as first
  from heard
  where value <> 'both'
  group by series_key, item
),
part as (
  select v.value, coalesce(list(p.part) filter (where p.part is not null), [v.value]) as parts
  from (select distinct value from heard where item = 'body_region') v
  left join codes.body_region_part p on p.body_region = v.value
  group by v.value
)
select
  md5(concat_ws('|', 'imaging-evidence', h.series_key, h.item, h.source, h.value))::uuid as evidence_key,
  h.series_key::uuid as series_key,
  s.study_key::uuid as study_key,
  o.patient_key::uuid as patient_key,
  h.item::varchar as item,
  h.source::varchar as evidence_source,
  h.value::varchar as value,
  coalesce(h.source = w.first.source and h.value = w.first.value, false)::boolean as is_shown,
  coalesce(
    case
      when h.item = 'body_region' then not list_has_any(a.parts, b.parts)
      when h.item = 'contrast' then h.value <> w.first.value and h.value <> 'both'
        and (h.value = 'no' or h.source in ('agent', 'agent-phase', 'series-description'))
      else h.value <> w.first.value
    end,
    false
  )::boolean as is_in_conflict,
  'imaging-1'::varchar as rule_version
from heard h
join series s using (series_key)
left join shown w on w.series_key = h.series_key and w.item = h.item
left join part a on a.value = h.value and h.item = 'body_region'
left join part b on b.value = w.first.value and h.item = 'body_region'
left join staging.study_person o on o.study_key = s.study_key
