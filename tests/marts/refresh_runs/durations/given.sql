insert into staging.run values
  ('r1', '2026-01-01 02:00:00+00', '2026-01-01 02:01:30+00', 'published', 7, 10, 2, 1, 3),
  ('r2', '2026-01-02 02:00:00+00', null, 'failed', null, 0, 0, 0, 0);
