-- one row per run
select
  run_id::varchar as run_id,
  started_at::timestamptz as started_at,
  finished_at::timestamptz as finished_at,
  (epoch(finished_at::timestamptz) - epoch(started_at::timestamptz))::double as duration_seconds,
  status::varchar as status,
  snapshot::integer as snapshot,
  records_new::bigint as records_new,
  records_changed::bigint as records_changed,
  records_deleted::bigint as records_deleted,
  records_quarantined::bigint as records_quarantined
from staging.run
