-- one row per record of an imaging event: a DICOM study, an ImagingStudy or a Procedure, and how it was matched.
-- Rule imaging-event-2 (docs/marts/imaging_events.md). A StudyInstanceUID is one event and never shares it with another. What
-- has none joins, of the same person: what has a series UID in common, what names it, its accession number, its order, and
-- otherwise what was done with the same modality on the same day to a region that fits; where two fit equally well it stays
-- alone and says so. Numbers and orders count for 31 days, an order for one modality: numbers are used again, and an order
-- may ask for several things.
with imaging as (
  select
    study_key,
    patient_key,
    study_instance_uid is not null as has_uid,
    study_date as on_date,
    study_precision as on_precision,
    study_at as at,
    if(primary_modality in ('CR', 'RG'), 'DX', primary_modality) as modality,
    body_region
  from marts.imaging_studies
),
filed as (
  select
    imaging_study_key,
    patient_key,
    source,
    coalesce(study_key, imaging_study_key) as study_key,
    coalesce(status, 'available') in ('entered-in-error', 'cancelled') as is_void,
    accession_key,
    based_on_key,
    procedure_key,
    encounter_key
  from staging.imaging_study
),
live as (
  select i.*
  from imaging i
  semi join (
    select study_key from staging.dicom_study
    union
    select study_key from filed where not is_void
  ) seen using (study_key)
),
ordered as (
  select service_request_key, patient_key, accession_key from staging.service_request where accession_key is not null
),
number as (
  select distinct study_key, unnest(accession_keys) as accession_key from staging.dicom_series
  union
  select study_key, accession_key from filed where accession_key is not null and not is_void
  union
  select f.study_key, o.accession_key
  from filed f
  join ordered o on o.service_request_key = f.based_on_key and o.patient_key = f.patient_key
  where not f.is_void
),
listed as (
  select study_key, series_key from staging.dicom_series
  union
  select coalesce(study_key, imaging_study_key), series_key from staging.imaging_study_series where series_key is not null
),
bond as (
  select s.patient_key, s.study_key, s.has_uid, 'series-uid' as rule, n.series_key as value
  from listed n
  join live s using (study_key)
  union
  select s.patient_key, s.study_key, s.has_uid, 'accession' as rule, n.accession_key as value
  from number n
  join live s using (study_key)
  union
  select s.patient_key, s.study_key, s.has_uid, 'order', o.service_request_key
  from number n
  join live s using (study_key)
  join ordered o on o.accession_key = n.accession_key and o.patient_key = s.patient_key
  union
  select s.patient_key, s.study_key, s.has_uid, unnest(['order', 'reference', 'encounter']),
    unnest([f.based_on_key, f.procedure_key, f.encounter_key])
  from filed f
  join live s on s.study_key = f.study_key and s.patient_key = f.patient_key
  where not f.is_void
),
strength as (
  select unnest([
    {'rule': 'series-uid', 'confidence': 1.0},
    {'rule': 'reference', 'confidence': 0.99},
    {'rule': 'accession', 'confidence': 0.95},
    {'rule': 'order', 'confidence': 0.9},
    {'rule': 'same-day', 'confidence': 0.8},
    {'rule': 'same-day-region-unknown', 'confidence': 0.6}
  ], recursive := true)
),
region as (
  select r.body_region, coalesce(list(p.part) filter (where p.part is not null), [r.body_region]) as parts
  from (
    select body_region from live
    union
    select body_region from staging.imaging_procedure
  ) r
  left join codes.body_region_part p using (body_region)
  where r.body_region is not null
  group by r.body_region
),
-- ImagingStudy records without a UID, against studies that have one
unnamed as (
  select * from live where not has_uid and patient_key is not null
),
unnamed_pair as (
  select u.study_key, b.study_key as to_key, b.rule, false as is_same_region, null::bigint as minutes
  from unnamed u
  join bond own on own.study_key = u.study_key and own.rule in ('series-uid', 'accession', 'order')
  join bond b on b.rule = own.rule and b.value = own.value and b.patient_key = u.patient_key and b.has_uid
  join live s on s.study_key = b.study_key
  where b.rule = 'series-uid'
    or (
      coalesce(abs(s.on_date - u.on_date) <= 31, true)
      and (b.rule = 'accession' or coalesce(s.modality = u.modality, true))
    )
  union
  select u.study_key, s.study_key,
    if(u.body_region is null or s.body_region is null, 'same-day-region-unknown', 'same-day'),
    coalesce(u.body_region = s.body_region, false),
    abs(date_diff('minute', u.at, s.at))
  from unnamed u
  join live s on s.patient_key = u.patient_key and s.has_uid and s.modality = u.modality and s.on_date = u.on_date
  left join region a on a.body_region = u.body_region
  left join region b on b.body_region = s.body_region
  where u.on_precision in ('day', 'time') and s.on_precision in ('day', 'time')
    and coalesce(list_has_any(a.parts, b.parts), true)
),
unnamed_rank as (
  select p.*, c.confidence,
    rank() over (
      partition by p.study_key order by c.confidence desc, not p.is_same_region, p.minutes nulls last
    ) as place
  from unnamed_pair p
  join strength c using (rule)
),
unnamed_choice as (
  select study_key, min(to_key) as to_key, min(rule) as rule, min(confidence) as confidence,
    count(distinct to_key) > 1 as is_ambiguous
  from unnamed_rank
  where place = 1
  group by study_key
),
unnamed_number as (
  select study_key, arg_min(value, (rule <> 'series-uid', value)) as value
  from bond
  where rule in ('series-uid', 'accession') and not has_uid
  group by study_key
),
study_event as (
  select s.study_key, s.study_key as anchor_key, 'study-uid' as rule, 1.0 as confidence, false as is_ambiguous
  from live s
  where s.has_uid or s.patient_key is null
  union all
  select u.study_key,
    if(
      c.to_key is not null and not c.is_ambiguous,
      c.to_key,
      min(u.study_key) over (
        partition by c.to_key is not null and not c.is_ambiguous, u.patient_key,
          case
            when n.value is not null then n.value::varchar
            when u.modality is null or u.on_precision is null or u.on_precision not in ('day', 'time') then u.study_key::varchar
            else concat_ws('|', u.on_date, u.modality, coalesce(u.body_region, '?'))
          end
      )
    ),
    if(c.is_ambiguous is false, c.rule, 'no-uid'),
    if(c.is_ambiguous is false, c.confidence, 0.7),
    coalesce(c.is_ambiguous, false)
  from unnamed u
  left join unnamed_choice c using (study_key)
  left join unnamed_number n using (study_key)
),
event as (
  select
    e.anchor_key,
    min(s.patient_key) as patient_key,
    arg_min(s.on_date, (not s.has_uid, s.on_date)) as on_date,
    arg_min(s.on_precision, (not s.has_uid, s.on_date)) as on_precision,
    arg_min(s.at, (not s.has_uid, s.on_date)) as at,
    arg_min(s.modality, (not s.has_uid, s.modality)) as modality,
    arg_min(s.body_region, (not s.has_uid, s.body_region)) as body_region
  from study_event e
  join live s using (study_key)
  group by e.anchor_key
),
event_bond as (
  select distinct e.anchor_key, b.patient_key, b.rule, b.value
  from bond b
  join study_event e using (study_key)
  where b.value is not null and b.patient_key is not null
),
-- Procedures, against both
procedure as (
  select
    p.*,
    if(p.modality in ('CR', 'RG'), 'DX', p.modality) as match_modality,
    coalesce(p.accession_key, o.accession_key) as number_key
  from staging.imaging_procedure p
  left join ordered o on o.service_request_key = p.based_on_key and o.patient_key = p.patient_key
),
procedure_pair as (
  select p.procedure_key, b.anchor_key, b.rule, false as is_same_region, false as is_same_encounter, null::bigint as minutes
  from procedure p
  join event_bond b
    on b.patient_key = p.patient_key
    and (
      (b.rule = 'reference' and b.value = p.procedure_key)
      or (b.rule = 'accession' and b.value = p.number_key)
      or (b.rule = 'order' and b.value = p.based_on_key)
    )
  join event e on e.anchor_key = b.anchor_key
  where b.rule = 'reference'
    or (
      coalesce(abs(e.on_date - p.performed_date) <= 31, true)
      and (b.rule = 'accession' or coalesce(e.modality = p.match_modality, true))
    )
  union
  select p.procedure_key, e.anchor_key,
    if(p.body_region is null or e.body_region is null, 'same-day-region-unknown', 'same-day'),
    coalesce(p.body_region = e.body_region, false),
    n.anchor_key is not null,
    abs(date_diff('minute', p.performed_at, e.at))
  from procedure p
  join event e on e.patient_key = p.patient_key and e.modality = p.match_modality and e.on_date = p.performed_date
  left join region a on a.body_region = p.body_region
  left join region b on b.body_region = e.body_region
  left join event_bond n
    on n.anchor_key = e.anchor_key and n.rule = 'encounter' and n.value = p.encounter_key and n.patient_key = p.patient_key
  where p.performed_precision in ('day', 'time') and e.on_precision in ('day', 'time')
    and coalesce(list_has_any(a.parts, b.parts), true)
),
procedure_rank as (
  select p.*, c.confidence,
    rank() over (
      partition by p.procedure_key
      order by c.confidence desc, not p.is_same_region, not p.is_same_encounter, p.minutes nulls last
    ) as place
  from procedure_pair p
  join strength c using (rule)
),
procedure_choice as (
  select procedure_key, min(anchor_key) as anchor_key, min(rule) as rule, min(confidence) as confidence,
    count(distinct anchor_key) > 1 as is_ambiguous
  from procedure_rank
  where place = 1
  group by procedure_key
),
alone as (
  select p.*, coalesce(c.is_ambiguous, false) as is_ambiguous,
    min(p.body_region) over day as least_region,
    max(p.body_region) over day as greatest_region
  from procedure p
  left join procedure_choice c using (procedure_key)
  where c.procedure_key is null or c.is_ambiguous
  window day as (partition by p.patient_key, p.performed_date, p.match_modality)
),
procedure_event as (
  select procedure_key, anchor_key, rule, confidence, false as is_ambiguous
  from procedure_choice
  where not is_ambiguous
  union all
  select procedure_key,
    min(procedure_key) over (
      partition by patient_key,
        case
          when patient_key is null or performed_date is null or performed_precision not in ('day', 'time')
            then coalesce(number_key, procedure_key)::varchar
          when number_key is not null then number_key::varchar
          when match_modality is null then concat_ws('|', performed_date, code_system, code, code_display)
          else concat_ws(
            '|', performed_date, match_modality,
            coalesce(body_region, if(least_region = greatest_region, least_region, null), '?')
          )
        end
    ),
    'procedure-only',
    if(match_modality is null, 0.5, 0.7),
    is_ambiguous
  from alone
),
record as (
  select e.anchor_key, s.patient_key, 'staging.dicom_instance' as record_table, d.study_key as record_key,
    l.source, e.rule, e.confidence, e.is_ambiguous, s.on_date, s.on_precision, s.at, s.modality, s.body_region
  from staging.dicom_study d
  join study_event e using (study_key)
  join live s using (study_key)
  left join (select study_key, min(source) as source from staging.imaging_link group by study_key) l using (study_key)
  union all
  select e.anchor_key, s.patient_key, 'staging.imaging_study', f.imaging_study_key, f.source, e.rule, e.confidence,
    e.is_ambiguous, coalesce(t.started_date, s.on_date), coalesce(t.started_precision, s.on_precision), t.started_at,
    s.modality, s.body_region
  from filed f
  join study_event e using (study_key)
  join live s using (study_key)
  join staging.imaging_study t using (imaging_study_key)
  where not f.is_void
  union all
  select e.anchor_key, p.patient_key, 'staging.procedure', p.procedure_key, p.source, e.rule, e.confidence, e.is_ambiguous,
    p.performed_date, p.performed_precision, p.performed_at, p.modality, p.body_region
  from procedure p
  join procedure_event e using (procedure_key)
)
select
  md5(concat_ws('|', 'imaging-event-record', r.record_table, r.record_key))::uuid as event_record_key,
  md5(concat_ws('|', 'imaging-event', r.anchor_key))::uuid as imaging_event_key,
  r.patient_key::uuid as patient_key,
  r.record_table::varchar as record_table,
  r.record_key::uuid as record_key,
  r.source::varchar as source,
  r.rule::varchar as match_rule,
  r.confidence::double as match_confidence,
  r.is_ambiguous::boolean as is_ambiguous,
  r.on_date::date as record_date,
  r.on_precision::varchar as record_precision,
  r.at::timestamptz as record_at,
  r.modality::varchar as modality,
  r.body_region::varchar as body_region,
  'imaging-event-2'::varchar as rule_version
from record r
