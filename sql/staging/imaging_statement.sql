-- one row per statement about a series, or about a whole study (series_key is empty): what a source says of the body
-- region, the contrast, its phase or whether the images only locate. Sources have a rank: the lowest is believed.
-- Free text reaches us as terms of codes.imaging_word.
with listed as (
  select *, coalesce(study_key, imaging_study_key) as listed_study_key
  from staging.imaging_study_series
  where series_key is not null
),
coding as (
  select study_key, procedure_scheme as uri, procedure_code as code, procedure_display as display
  from staging.dicom_series
  union
  select coalesce(study_key, imaging_study_key), procedure_system, procedure_code, procedure_display
  from staging.imaging_study
),
procedure_facet as (
  select k.uri, k.code, m.facet,
    arg_max(
      m.value, (-coalesce(s.rank::integer, 0), length(m.code), length(replace(m.code, '_', '')))
    ) as value
  from (select distinct uri, code from coding where code is not null) k
  left join codes.code_system s on s.uri = k.uri
  join codes.imaging_procedure m
    on m.system = coalesce(s.system, k.uri) and m.facet in ('region', 'contrast')
    and if(
      s.match = 'prefix',
      upper(replace(k.code, '.', '')) like m.code || '%',
      upper(replace(k.code, '.', '')) = m.code
    )
  group by k.uri, k.code, m.facet
),
display as (
  select distinct on (display) display, regexp_replace(strip_accents(lower(display)), '[_^\s]+', ' ', 'g') as words
  from (
    select display from coding
    union
    select body_part_examined from staging.dicom_series
    union
    select anatomic_region_display from staging.dicom_series
    union
    select anatomic_structure_display from staging.dicom_slide_specimen
    union
    select body_site_display from listed
  )
  where display is not null
  order by display
),
word as (
  select d.display, w.facet, arg_min(w.term, w.rank::integer) as term
  from display d
  join codes.imaging_word w on w.facet in ('region', 'contrast') and regexp_matches(d.words, w.pattern)
  group by d.display, w.facet
),
site as (
  select study_key, series_key, anatomic_region_code as code, anatomic_region_display as display from staging.dicom_series
  union
  select study_key, series_key, anatomic_structure_code, anatomic_structure_display from staging.dicom_slide_specimen
  union
  select listed_study_key, series_key, body_site_code, body_site_display from listed
),
text as (
  select study_key, series_key, 'series-description' as source, unnest(series_description_terms) as said
  from staging.dicom_series
  union
  select listed_study_key, series_key, 'series-description', unnest(description_terms) from listed
  union
  select study_key, series_key, 'protocol-name', unnest(protocol_name_terms) from staging.dicom_series
  union
  select study_key, null, 'study-description', unnest(study_description_terms) from staging.dicom_series
  union
  select coalesce(study_key, imaging_study_key), null, 'study-description', unnest(description_terms)
  from staging.imaging_study
  union
  select coalesce(study_key, imaging_study_key), null, 'procedure-text', unnest(procedure_text_terms)
  from staging.imaging_study
),
agent as (
  select
    study_key,
    series_key,
    case
      when list_contains(contrast_agent_terms, 'agent:none') then 'no'
      when list_contains(contrast_agent_terms, 'agent:unstated') then if(contrast_volume_ml > 0, 'yes', null)
      when contrast_agent_terms is not null or has_contrast or contrast_volume_ml > 0 then 'yes'
    end as contrast
  from staging.dicom_series
),
phase as (
  select study_key, series_key, unnest(contrast_phase_codes) as phase from staging.dicom_series
),
said as (
  select s.study_key, s.series_key, 'body_region' as item, 'body-part' as source,
    coalesce(t.body_region, w.term) as value
  from staging.dicom_series s
  left join codes.body_region t
    on t.system = 'body-part-examined'
    and t.code::varchar = upper(regexp_replace(s.body_part_examined, '[^A-Za-z]', '', 'g'))
  left join word w on w.display = s.body_part_examined and w.facet = 'region'
  union
  select s.study_key, s.series_key, 'body_region', 'image-site', coalesce(c.body_region, w.term)
  from site s
  left join codes.body_region c on c.system = 'snomed' and c.code::varchar = s.code
  left join word w on w.display = s.display and w.facet = 'region'
  union
  select k.study_key, null, if(f.facet = 'region', 'body_region', f.facet), 'procedure-code', f.value
  from coding k
  join procedure_facet f using (uri, code)
  union
  select k.study_key, null, if(w.facet = 'region', 'body_region', w.facet), 'procedure-code', w.term
  from coding k
  join word w using (display)
  anti join procedure_facet f on f.uri = k.uri and f.code = k.code and f.facet = w.facet
  union
  select study_key, series_key,
    case split_part(said, ':', 1) when 'region' then 'body_region' when 'phase' then 'contrast_phase'
      else split_part(said, ':', 1) end,
    source, split_part(said, ':', 2)
  from text
  where split_part(said, ':', 1) in ('region', 'contrast', 'phase', 'localizer')
  union
  select study_key, series_key, 'contrast', 'agent', contrast from agent
  union
  select study_key, series_key, 'contrast', 'agent-phase', if(phase = 'PRE_CONTRAST', 'no', 'yes') from phase
  union
  select study_key, series_key, 'contrast_phase', 'agent-phase',
    if(phase = 'PRE_CONTRAST', 'native', lower(replace(phase, '_', ' ')))
  from phase
  union
  select study_key, series_key, 'localizer', 'image-type', 'yes' from staging.dicom_series where is_localizer
),
rank as (
  select unnest([
    {'item': 'body_region', 'sources': ['body-part', 'image-site', 'series-description', 'study-description',
      'procedure-code', 'procedure-text', 'protocol-name']},
    {'item': 'contrast', 'sources': ['agent', 'agent-phase', 'series-description', 'procedure-code', 'procedure-text',
      'study-description', 'protocol-name']},
    {'item': 'contrast_phase', 'sources': ['agent-phase', 'series-description']},
    {'item': 'localizer', 'sources': ['image-type', 'series-description']}
  ], recursive := true)
)
select s.study_key, s.series_key, s.item, s.source, s.value, list_position(r.sources, s.source) as rank
from said s
join rank r using (item)
where s.value is not null and s.study_key is not null and list_contains(r.sources, s.source)
