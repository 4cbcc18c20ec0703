-- one row per DICOM series: how its slices lie in space, and what keeps them from being one volume.
-- Positions are told to 0.01 mm. A slice is missing where a step is at least 1.5 times the middle one; steps that differ by
-- more than a tenth are irregular; slices thinner than two thirds of the step leave gaps. Localizer images do not count.
-- Of a multi-frame image the first and last position and the recorded spacing are known, and not the steps between.
with instance as (
  select *
  from staging.dicom_instance
  where series_key is not null and study_key is not null
  qualify row_number() over (partition by sop_instance_key order by source, instance_record_key) = 1
),
slice as (
  select
    series_key,
    study_key,
    has_pixel_data,
    pixel_rows,
    pixel_columns,
    coalesce(frame_count, 1) as frames,
    coalesce(slice_thickness_mm, shared_slice_thickness_mm, frame_slice_thickness_mm) as thickness_mm,
    coalesce(shared_slice_spacing_mm, slice_spacing_mm) as spacing_mm,
    coalesce(pixel_spacing_row_mm, shared_pixel_spacing_row_mm) as spacing_row_mm,
    coalesce(pixel_spacing_column_mm, shared_pixel_spacing_column_mm) as spacing_column_mm,
    coalesce(
      image_orientation,
      if(len(frame_orientations) = 1, string_split(frame_orientations[1], '\')::double[], null)
    ) as orientation,
    coalesce(image_position_mm, try_cast(string_split(first_frame_position, '\') as double[])) as position,
    try_cast(string_split(last_frame_position, '\') as double[]) as last_position
  from instance
  where not coalesce(list_contains(image_type, 'LOCALIZER'), false)
),
plane as (
  select
    *,
    [
      orientation[2] * orientation[6] - orientation[3] * orientation[5],
      orientation[3] * orientation[4] - orientation[1] * orientation[6],
      orientation[1] * orientation[5] - orientation[2] * orientation[4]
    ] as normal
  from slice
  where len(list_filter(orientation, lambda cosine: cosine is not null)) = 6
    and len(list_filter(position, lambda place: place is not null)) = 3
),
axis as (
  select series_key, min(orientation) as orientation, arg_min(normal, orientation) as normal
  from plane
  where list_dot_product(normal, normal) between 0.99 and 1.01
  group by series_key
),
placed as (
  select
    p.*,
    a.normal as axis,
    list_dot_product(p.position, a.normal) as distance,
    if(p.last_position is null, null, list_dot_product(p.last_position, a.normal)) as last_distance,
    list_dot_product(p.orientation[1:3], a.orientation[1:3]) > 0.9995
      and list_dot_product(p.orientation[4:6], a.orientation[4:6]) > 0.9995 as is_aligned
  from plane p
  join axis a using (series_key)
),
drift as (
  select
    series_key,
    greatest(
      max(position[1] - distance * axis[1]) - min(position[1] - distance * axis[1]),
      max(position[2] - distance * axis[2]) - min(position[2] - distance * axis[2]),
      max(position[3] - distance * axis[3]) - min(position[3] - distance * axis[3])
    ) as drift_mm,
    bool_and(is_aligned) as is_aligned,
    max(frames) as frames,
    max(abs(last_distance - distance)) filter (where frames > 1) as extent_mm,
    count(*) as placed_images
  from placed
  group by series_key
),
stop as (
  select series_key, round(distance, 2) as distance, count(*) as images
  from placed
  group by all
),
step as (
  select series_key, images, distance - lag(distance) over (partition by series_key order by distance) as step_mm
  from stop
),
middle as (
  select
    series_key,
    median(step_mm) as step_mm,
    count(*) as positions,
    max(images) as most_images,
    min(images) as fewest_images
  from step
  group by series_key
),
steps as (
  select
    m.series_key,
    coalesce(sum(round(s.step_mm / m.step_mm) - 1) filter (where s.step_mm >= 1.5 * m.step_mm), 0) as missing,
    coalesce(bool_or(abs(s.step_mm - m.step_mm) > 0.1 * m.step_mm and s.step_mm < 1.5 * m.step_mm), false)
      as is_irregular
  from middle m
  join step s using (series_key)
  group by m.series_key
),
series as (
  select
    series_key,
    min(study_key) as study_key,
    count(*) as images,
    max(frames) as frames,
    bool_and(has_pixel_data) as has_pixel_data,
    count(distinct pixel_rows) > 1 or count(distinct pixel_columns) > 1 as has_matrices,
    count(distinct spacing_row_mm) > 1 or count(distinct spacing_column_mm) > 1 as has_spacings,
    count(spacing_row_mm) = count(*) as is_spaced,
    max(thickness_mm) as thickness_mm,
    max(spacing_mm) as spacing_mm
  from slice
  group by series_key
),
measured as (
  select
    s.*,
    if(s.frames > 1, if(s.images = 1 and m.positions = 1, s.frames, null), m.positions) as slice_count,
    if(s.frames > 1, if(s.images = 1 and d.extent_mm > 0, d.extent_mm / (s.frames - 1), null), m.step_mm) as step_mm,
    t.missing,
    t.is_irregular,
    m.most_images,
    m.fewest_images,
    d.drift_mm,
    d.is_aligned,
    d.extent_mm,
    coalesce(d.placed_images, 0) as placed_images
  from series s
  left join middle m using (series_key)
  left join steps t using (series_key)
  left join drift d using (series_key)
)
select
  series_key,
  study_key,
  if(is_aligned, slice_count, null)::integer as slice_count,
  if(is_aligned, round(step_mm, 3), null) as measured_spacing_mm,
  if(is_aligned and frames = 1 and slice_count > 1, missing, null)::integer as missing_slices,
  list_filter([
    if(has_pixel_data is false, 'no-pixel-data', null),
    if(placed_images < images, 'no-position', null),
    if(not is_spaced, 'no-pixel-spacing', null),
    if(has_matrices, 'mixed-matrix', null),
    if(has_spacings, 'mixed-pixel-spacing', null),
    if(is_aligned is false, 'mixed-orientation', null),
    if(is_aligned and drift_mm > 1, 'not-aligned', null),
    case
      when frames > 1 and images > 1 then 'several-volumes'
      when frames > 1 and placed_images < images then null
      when frames > 1 and extent_mm is null then 'no-last-position'
      when frames > 1 and coalesce(step_mm, 0) <= 0 then 'several-volumes'
      when frames > 1 and abs(step_mm - spacing_mm) > 0.1 * spacing_mm then 'frames-not-one-stack'
      when is_aligned and most_images > 1 and most_images = fewest_images then 'several-volumes'
      when is_aligned and most_images > 1 then 'repeated-positions'
    end,
    if(is_aligned and frames = 1 and missing > 0, 'missing-slices', null),
    if(is_aligned and frames = 1 and is_irregular, 'irregular-spacing', null),
    if(is_aligned and thickness_mm > 0 and step_mm > 1.5 * thickness_mm + 0.01, 'gaps-between-slices', null)
  ], lambda reason: reason is not null) as reasons
from measured
