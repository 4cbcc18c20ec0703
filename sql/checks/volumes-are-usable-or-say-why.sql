-- a series with DICOM files is a usable volume or has reasons why not, and never both; missing slices are a reason
select series_key
from marts.imaging_series
where is_volume_usable is null <> not is_in_dicom
  or (is_in_dicom and is_volume_usable = (volume_reasons is not null))
  or (is_volume_usable and (missing_slices > 0 or is_localizer))
