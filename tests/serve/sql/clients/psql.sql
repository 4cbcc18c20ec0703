-- FETCH_COUNT makes psql use a cursor; :'sex' comes from the command line
select count(*) > 0 from patients where sex = :'sex';
select count(*) > 0 from marts.imaging_series s join marts.patients p on p.patient_key = s.patient_key where p.sex = :'sex';
select sum(g) from (select g from generate_series(1, 1000) g) t;
