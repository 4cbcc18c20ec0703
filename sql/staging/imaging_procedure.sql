-- one row per Procedure record that makes images: what was done, by code, otherwise by the words of its display, otherwise
-- by those of its free text (as terms of codes.imaging_word). What only uses images (guidance) is none.
-- Modality is empty where code and words do not say which. CR and DX are one: procedures do not tell them apart.
with coding as (
  select procedure_key, code_system as uri, code from staging.procedure
  union
  select procedure_key, 'http://snomed.info/sct', snomed_code from staging.procedure
  union
  select procedure_key, 'http://www.cms.gov/Medicare/Coding/ICD10', icd10pcs_code from staging.procedure
),
known as (
  select distinct uri, code, upper(replace(code, '.', '')) as plain from coding where code is not null
),
facet as (
  select k.uri, k.code, m.facet,
    arg_max(
      m.value, (-coalesce(s.rank::integer, 0), length(m.code), length(replace(m.code, '_', '')))
    ) as value,
    min(coalesce(s.rank::integer, 0)) as rank
  from known k
  left join codes.code_system s on s.uri = k.uri
  join codes.imaging_procedure m
    on m.system = coalesce(s.system, k.uri)
    and if(s.match = 'prefix', k.plain like m.code || '%', k.plain = m.code)
  group by k.uri, k.code, m.facet
),
coded as (
  select
    c.procedure_key,
    arg_min(f.value, (f.rank, f.value)) filter (where f.facet = 'modality') as modality,
    arg_min(f.value, (f.rank, f.value)) filter (where f.facet = 'region') as body_region,
    arg_min(f.value, (f.rank, f.value)) filter (where f.facet = 'contrast') as contrast
  from coding c
  join facet f using (uri, code)
  group by c.procedure_key
),
term as (
  select distinct on (display) display, regexp_replace(strip_accents(lower(display)), '[_^\s]+', ' ', 'g') as words
  from (
    select code_display as display from staging.procedure
    union
    select body_site_display from staging.procedure
  )
  where display is not null
  order by display
),
word as (
  select t.display, w.facet, arg_min(w.term, w.rank::integer) as term
  from term t
  join codes.imaging_word w on w.facet in ('modality', 'region', 'contrast') and regexp_matches(t.words, w.pattern)
  group by t.display, w.facet
),
said as (
  select
    display,
    max(term) filter (where facet = 'modality') as modality,
    max(term) filter (where facet = 'region') as body_region,
    max(term) filter (where facet = 'contrast') as contrast
  from word
  group by display
),
written as (
  select
    procedure_key,
    max(split_part(said, ':', 2)) filter (where starts_with(said, 'modality:')) as modality,
    max(split_part(said, ':', 2)) filter (where starts_with(said, 'region:')) as body_region,
    max(split_part(said, ':', 2)) filter (where starts_with(said, 'contrast:')) as contrast
  from (select procedure_key, unnest(code_text_terms) as said from staging.procedure)
  group by procedure_key
),
read as (
  select
    p.*,
    case
      when c.modality is not null then c.modality
      when p.code_display is not null then d.modality
      else t.modality
    end as modality,
    case
      when c.modality is not null then 'procedure-code'
      when p.code_display is not null then 'procedure-words'
      else 'procedure-text'
    end as modality_source,
    coalesce(c.body_region, r.body_region, b.body_region, d.body_region, t.body_region) as body_region,
    coalesce(c.contrast, d.contrast, t.contrast) as contrast
  from staging.procedure p
  left join coded c using (procedure_key)
  left join said d on d.display = p.code_display
  left join written t using (procedure_key)
  left join codes.body_region r on r.system = 'snomed' and r.code::varchar = p.body_site_snomed
  left join said b on b.display = p.body_site_display
)
select
  procedure_key,
  patient_key,
  source,
  encounter_key,
  based_on_key,
  accession_key,
  coalesce(performed_date, performed_start_date) as performed_date,
  if(performed_date is not null, performed_precision, performed_start_precision) as performed_precision,
  if(performed_date is not null, performed_at, performed_start_at) as performed_at,
  nullif(modality, 'unknown') as modality,
  modality_source,
  body_region,
  case contrast when 'both' then 'yes' else contrast end as contrast,
  code,
  code_system,
  code_display
from read
where modality is not null and modality <> 'intervention' and coalesce(status, 'completed') in ('completed', 'in-progress', 'stopped')
