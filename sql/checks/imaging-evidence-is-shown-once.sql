-- of what is said of a series one statement of each item is shown at most, and it is what the series shows
select s.series_key
from marts.imaging_series s
left join (
  select
    series_key,
    count(*) filter (where is_shown and item = 'body_region') as regions,
    count(*) filter (where is_shown and item = 'contrast') as contrasts,
    max(value) filter (where is_shown and item = 'body_region') as body_region,
    max(value) filter (where is_shown and item = 'contrast') as contrast
  from marts.imaging_evidence
  group by series_key
) e using (series_key)
where e.regions > 1
  or e.contrasts > 1
  or s.body_region is distinct from e.body_region
  or s.contrast <> coalesce(e.contrast, 'unknown')
  or (s.body_region is null) <> (s.body_region_source is null)
  or (s.contrast = 'unknown') <> (s.contrast_source is null)
