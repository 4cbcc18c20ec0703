-- One query a line, run against PostgreSQL and against the endpoint over the same tables.
-- `-- differs:` before a query says why the answers differ, and is held to: the test fails when they agree.

-- constants and types
select 1, 2.5, 'text', null, true, false
select 1::smallint, 2::integer, 3::bigint, 4.5::real, 5.25::double precision
select 12.345::numeric(10,2), 0.1::numeric(5,1), -0.05::numeric(4,2), 1e10::numeric(20,0)
select '2024-02-29'::date, date '1969-12-31', '0001-01-01'::date, '9999-12-31'::date
select '2024-02-29 01:02:03'::timestamp, timestamp '2024-02-29 01:02:03.456789', '1969-12-31 23:59:59.5'::timestamp
select '2024-02-29 01:02:03+02'::timestamptz, timestamptz '2024-07-01 00:00:00.25-05:30'
select '01:02:03'::time, time '23:59:59.999999'
select interval '1 year 2 months 3 days 04:05:06', interval '90 minutes', interval '-1 day', '1 week'::interval
select '00000000-0000-0000-0000-00000000000f'::uuid, 'ABCDEF01-2345-6789-ABCD-EF0123456789'::uuid
select array[1,2,3], array['a','b "c','d,e',''], array[true,null], array[]::integer[]
select 1e15::float8, 123456789012345::float8, 1e-5::float8, 0.0001::float8, 1e300::float8, 'NaN'::float8, 'infinity'::float8, '-0'::float8
select 1e6::float4, 123456::float4, 0.1::float4, 3.4e38::float4, 16777217::float4
select 9223372036854775807, -9223372036854775808, 2147483648
select cast('42' as integer), '42'::text || 'x', 42::text, true::text, 1.50::text
select '2024-01-15'::date::text, '2024-01-15 10:00:00'::timestamp::date, '2024-01-15'::date::timestamp
select 'abc'::varchar(2), 'abc'::char(5) || '|'
select 't'::boolean, 'no'::boolean, 'on'::boolean, 1::boolean, 0::boolean
-- arithmetic
select 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7 / 2.0::float8
-- differs: numeric division keeps a double's digits, without zeros to the scale
select 7.0 / 2.0
-- differs: numeric division keeps a double's digits
select 1.0 / 3
-- differs: division by zero gives NULL
select 1 / nullif(birth_year, birth_year) is null, 1.5 / 0 from marts.patients limit 1
select 0.1::numeric + 0.2::numeric, '1.10'::numeric, 5::numeric
-- differs: a column cast to numeric without digits is computed as a double
select x::numeric + 0.2 from (values (0.1::float8)) v(x)
-- differs: rounding of doubles at exactly half goes away from zero
select round(2.5::float8), round(0.5::float8)
select 2 + 3 * 4 - 1, (2 + 3) * 4, -(-3), +5, 2 ^ 10, 2 ^ 0.5::float8
select abs(-5), abs(-5.5), ceil(1.2), floor(-1.2), round(2.5), round(-2.5), round(1.2345, 2), trunc(1.99), trunc(-1.99)
select sign(-3), mod(17, 5), power(2, 3)::integer, sqrt(16.0::float8), cbrt(27.0::float8), exp(0.0::float8), ln(1.0::float8), log(100.0::float8)
select gcd(12, 18), lcm(4, 6), pi(), degrees(pi()), radians(180.0::float8)
select sin(0.5::float8), cos(0.5::float8), tan(0.5::float8), asin(0.5::float8), acos(0.5::float8), atan(0.5::float8), atan2(1.0::float8, 2.0::float8)
select greatest(1, 3, 2), least(3, 1, 2), greatest(null, 1), least(null, 2, 1)
select 5 & 3, 5 | 3, 1 << 4, 16 >> 2
select coalesce(null, 2), nullif(1, 1), nullif(1, 2), coalesce(null::text, 'x')
select 10 between 1 and 10, 11 not between 1 and 10, 1 in (1, 2), 3 not in (1, 2), null in (1)
select 3.7::integer, 2.5::integer, 3.5::integer, -2.5::integer, 2.4999::integer
select 1 = 1, 1 <> 2, 'a' < 'b', null = null, null is null, 1 is distinct from null, null is not distinct from null
select true and null, false and null, true or null, not null::boolean, true is true, null::boolean is unknown
-- text
select upper('abc'), lower('ABC'), length('häß'), char_length('abc'), octet_length('hä'), bit_length('ab')
select substring('abcdef' from 2 for 3), substring('abcdef' from 4), substr('abcdef', 2, 2), left('abcdef', 2), right('abcdef', 2), left('abcdef', -2), right('abcdef', -2)
select trim('  a  '), trim(both 'x' from 'xxaxx'), ltrim('  a'), rtrim('a  '), ltrim('xya', 'xy'), btrim('xax', 'x')
select lpad('a', 3), lpad('a', 3, '-'), rpad('a', 3, '-'), lpad('abcdef', 3), rpad('abc', 6, 'xy')
select position('c' in 'abcd'), strpos('abcd', 'd'), strpos('abcd', 'x'), replace('aaa', 'a', 'b'), translate('abc', 'ab', 'xy'), reverse('abc'), repeat('ab', 3)
select concat('a', null, 1), concat_ws('-', 'a', null, 'b'), 'a' || 'b' || 1, 'a' || null
select split_part('a,b,c', ',', 2), split_part('a,b,c', ',', 5), split_part('a,b,c', ',', -1), starts_with('abc', 'ab')
select ascii('a'), chr(65), md5('abc'), initcap('x') is not null
select 'abc' like 'a%', 'abc' like '_b_', 'abc' not like 'b%', 'ABC' ilike 'a%', 'a_c' like 'a\_c', 'abc' like 'a\_c', 'a%c' like 'a!%c' escape '!'
select 'abc' ~ 'b', 'abc' ~ '^b', 'ABC' ~* 'b', 'abc' !~ 'x', 'ABC' !~* 'b', 'a1' ~ '[0-9]'
select regexp_replace('a1b2', '[0-9]', '#'), regexp_replace('a1b2', '[0-9]', '#', 'g'), regexp_like('abc', 'B', 'i')
select string_to_array('a,b,c', ','), array_to_string(array['a','b'], '-'), array_length(array[1,2,3], 1), cardinality(array[1,2])
select (array['a','b','c'])[2], (array[1,2,3])[1], 2 = any(array[1,2,3]), 4 <> all(array[1,2,3])
select 'it''s', E'tab\there', 'back\slash', U&'\00e9', $$dollar$$
select 'a' < 'B', 'ä' > 'z', '' < 'a', 'Z' < 'a'
-- dates
select date_trunc('year', date '2024-05-17')::date, date_trunc('month', timestamp '2024-05-17 10:11:12'), date_trunc('hour', timestamp '2024-05-17 10:11:12'), date_trunc('quarter', timestamp '2024-05-17 10:11:12'), date_trunc('week', timestamp '2024-05-17 10:11:12')
select extract(year from date '2024-05-17'), extract(month from date '2024-05-17'), extract(day from date '2024-05-17'), extract(quarter from date '2024-05-17'), extract(week from date '2024-05-17'), extract(isoyear from date '2024-12-30')
select extract(dow from date '2024-05-19'), extract(isodow from date '2024-05-19'), extract(doy from date '2024-05-17'), extract(hour from timestamp '2024-05-17 10:11:12'), extract(minute from timestamp '2024-05-17 10:11:12')
select date_part('year', date '2024-05-17'), date_part('month', timestamp '2024-05-17 10:11:12'), date_part('dow', date '2024-05-18')
select date '2024-03-01' - date '2024-02-01', date '2024-01-31' + 1, date '2024-01-31' - 31, date '2024-01-31' + interval '1 month', timestamp '2024-01-31 10:00:00' - interval '2 hours'
select timestamp '2024-01-02 00:00:00' - timestamp '2024-01-01 12:30:00', interval '1 day' + interval '2 hours', interval '1 hour' * 3
select age(timestamp '2024-05-17', timestamp '2020-02-29'), age(timestamp '2024-01-01', timestamp '2024-03-01')
select to_char(date '2024-05-07', 'YYYY-MM-DD'), to_char(timestamp '2024-05-07 15:04:05', 'YYYY"T"HH24:MI:SS'), to_char(date '2024-05-07', 'Mon DD, YYYY'), to_char(date '2024-05-07', '"Q"Q YYYY'), to_char(date '2024-05-07', 'FMMonth Dy IW')
select to_date('2024-05-07', 'YYYY-MM-DD'), to_date('07/05/2024', 'DD/MM/YYYY'), to_timestamp('2024-05-07 10:00', 'YYYY-MM-DD HH24:MI'), to_timestamp(0)
select make_date(2024, 2, 29), timestamp '2024-01-01 12:00:00' at time zone 'UTC', timestamptz '2024-01-01 12:00:00+00' at time zone 'Europe/Berlin', timestamp '2024-07-01 12:00:00' at time zone 'Europe/Berlin'
select date_bin('15 minutes', timestamp '2024-05-07 10:11:12', timestamp '2000-01-01')
select date '2024-01-01' < timestamp '2024-01-01 00:00:01', date '2024-01-01' = timestamp '2024-01-01'
select current_date = now()::date, now() > timestamptz '2020-01-01', current_timestamp = now(), localtimestamp is not null
select g, g::date from generate_series(timestamp '2024-01-01', timestamp '2024-01-03', interval '1 day') g
-- sets
select g from generate_series(1, 5) g
select x.n from generate_series(1, 10, 3) as x(n)
select * from (values (1, 'a'), (2, 'b')) v(n, t) order by n desc
select unnest(array[3,1,2]) order by 1
select u from unnest(array['a','b']) u
select 1 union select 2 union select 1 order by 1
select 1 union all select 1
select * from (values (1),(2),(3)) a(x) intersect select * from (values (2),(3),(4)) b(x) order by 1
select * from (values (1),(2),(3)) a(x) except select * from (values (2)) b(x) order by 1
with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select sum(n) from t
with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b
select exists(select 1), exists(select 1 where false), (select 5), 3 in (select 3), array(select g from generate_series(1,3) g order by g)
select x from (values (1),(null),(2)) v(x) order by x
select x from (values (1),(null),(2)) v(x) order by x desc
select x from (values (1),(null),(2)) v(x) order by x nulls first
select x from (values (1),(2),(3),(4)) v(x) order by x limit 2 offset 1
select x from (values (1),(2),(3),(4)) v(x) order by x offset 2 rows fetch first 1 row only
select distinct x from (values (1),(1),(2)) v(x) order by x
select distinct on (k) k, v from (values ('a', 2), ('a', 1), ('b', 3)) t(k, v) order by k, v
-- aggregates
select count(*), count(x), sum(x), min(x), max(x) from (values (1),(2),(null)) v(x)
select sum(x), avg(x) from (values (1.5::float8),(2.5)) v(x)
select sum(x), count(*) from (values (1)) v(x) where false
select bool_and(x), bool_or(x), every(x) from (values (true),(false)) v(x)
select string_agg(x, ',' order by x desc), array_agg(x order by x), string_agg(distinct x, '' order by x) from (values ('a'),('b'),('b')) v(x)
select concat('a', true)
select avg(x) from (values (1),(2),(2)) v(x)
-- differs: the last digit of a double
select regr_slope(y, x) from (values (1.0::float8, 2.0::float8),(2, 4.5),(3, 5.5)) v(x, y)
select stddev(x), stddev_pop(x), variance(x), var_pop(x), corr(x, y), covar_pop(x, y) from (values (1.0::float8, 2.0::float8),(2, 4.5),(3, 5.5)) v(x, y)
select percentile_cont(0.5) within group (order by x), percentile_disc(0.5) within group (order by x), mode() within group (order by x) from (values (1.0::float8),(2),(2),(10)) v(x)
select count(distinct x), sum(distinct x), count(*) filter (where x > 1) from (values (1),(1),(2)) v(x)
select k, count(*), grouping(k) from (values ('a'),('a'),('b')) v(k) group by rollup(k) order by k
select a, b, sum(x) from (values (1, 1, 10), (1, 2, 20), (2, 1, 30)) v(a, b, x) group by grouping sets ((a), (b), ()) order by a, b
select a, b, count(*) from (values (1, 1), (1, 2), (2, 1)) v(a, b) group by cube (a, b) order by a, b
select bit_and(x), bit_or(x) from (values (6),(3)) v(x)
-- windows
select x, row_number() over (order by x), rank() over (order by k), dense_rank() over (order by k) from (values (1, 1), (2, 1), (3, 2)) v(x, k) order by x
select x, lag(x) over (order by x), lead(x, 2, 0) over (order by x), first_value(x) over (order by x), last_value(x) over (order by x) from (values (1), (2), (3)) v(x) order by x
select x, sum(x) over (order by x rows between 1 preceding and current row), sum(x) over (order by x range between unbounded preceding and current row), sum(x) over () from (values (1), (2), (3)) v(x) order by x
select x, ntile(2) over (order by x), percent_rank() over (order by x), cume_dist() over (order by x), nth_value(x, 2) over (order by x rows between unbounded preceding and unbounded following) from (values (1), (2), (3)) v(x) order by x
select sex, round(count(*)*100/sum(count(*)) over (), 0)::integer, (sum(count(*)) over () / count(*))::integer from marts.patients group by sex order by sex
select x, sum(x) over w from (values (1), (2)) v(x) window w as (order by x) order by x
-- case and conditions
select case when x > 1 then 'big' when x = 1 then 'one' else 'none' end from (values (0),(1),(2)) v(x) order by x
select case x when 1 then 'a' when 2 then 'b' end from (values (1),(2),(3)) v(x) order by x
select x from (values (1),(2),(3)) v(x) where x > all(select 1 union select 2)
select x from (values (1),(2),(3)) v(x) where x = some(array[1,3]) order by x
select (1, 2) = (1, 2), (1, 2) < (1, 3), row(1, 'a') = row(1, 'b')
-- joins
select a.x, b.y from (values (1),(2)) a(x) left join (values (2, 'b')) b(x, y) on a.x = b.x order by a.x
select x, y from (values (1),(2)) a(x) full join (values (2, 'b'),(3, 'c')) b(x, y) using (x) order by x
select count(*) from (values (1),(2)) a(x) cross join (values (3),(4)) b(y)
select * from (values (1, 2)) a(x, y) natural join (values (1, 3)) b(x, z)
select a.x, l.y from (values (1),(2)) a(x), lateral (select a.x * 10 as y) l order by 1
select a.x, s.t from (values (1),(2)) a(x) left join lateral (select sum(g) as t from generate_series(1, a.x) g) s on true order by 1
-- tables
select count(*) from marts.patients
select sex, count(*) from marts.patients group by sex order by sex
select * from marts.patients order by patient_key limit 5
select * from marts.cancer_diagnoses order by 1 limit 5
select * from marts.imaging_series order by series_key limit 5
select * from marts.imaging_studies order by study_key limit 5
select * from marts.treatments order by 1 limit 5
select * from marts.lab_results order by 1 limit 20
select * from marts.outcomes order by 1 limit 5
select * from marts.stage_assessments order by 1 limit 5
select * from marts.encounters order by 1 limit 5
select * from marts.refresh_runs order by 1
select * from marts.data_quality order by 1, 2, 3 limit 20
select min(birth_date), max(birth_date), count(birth_date), count(distinct birth_year) from marts.patients
select p.sex, count(distinct d.tumor_key) from marts.cancer_diagnoses d join marts.patients p using (patient_key) group by 1 order by 1
select site_group, stage_group, count(*) from marts.cancer_diagnoses group by 1, 2 order by 1, 2
select site_group, count(*) as n from marts.cancer_diagnoses group by site_group having count(*) > 3 order by n desc, site_group
select date_trunc('year', diagnosis_date)::date as year, count(*) from marts.cancer_diagnoses group by 1 order by 1
select extract(year from diagnosis_date)::integer as year, count(*) from marts.cancer_diagnoses where diagnosis_date >= date '2015-01-01' group by 1 order by 1
select modality, count(*), count(slice_thickness_mm), min(slice_thickness_mm), max(slice_thickness_mm) from marts.imaging_series group by modality order by modality
select modality, sum(instance_count), sum(frame_count) from marts.imaging_series group by 1 order by 1
select s.modality, count(*) from marts.imaging_series s join marts.imaging_studies t on t.study_key = s.study_key where s.is_in_dicom group by 1 order by 1
select count(*) from marts.imaging_series where slice_thickness_mm <= 2.5 and modality = 'CT'
select count(*) from marts.patients where is_deceased and deceased_date is not null
select count(*) from marts.patients where not is_deceased or deceased_date is null
select birth_year / 10 * 10 as decade, count(*) from marts.patients group by 1 order by 1
select coalesce(sex, 'unknown') as s, count(*) filter (where is_deceased) as dead, count(*) from marts.patients group by 1 order by 1
select patients.sex, marts.patients.birth_year from marts.patients order by patients.patient_key limit 3
select "p"."sex" as "Sex", count(*) as "Number of Patients" from "marts"."patients" "p" group by "p"."sex" order by 2 desc, 1
select patient_key, row_number() over (partition by sex order by birth_date, patient_key) from marts.patients order by 1 limit 10
select max(n) from (select patient_key, count(*) as n from marts.lab_results group by patient_key) t
select t.count from (select count(*) from marts.patients) t
select t.max from (select max(birth_year) from marts.patients) t
with d as (select patient_key, min(diagnosis_date) as first from marts.cancer_diagnoses group by 1) select p.sex, min(first), max(first) from d join marts.patients p on p.patient_key = d.patient_key group by 1 order by 1
select count(*) from marts.patients p where exists (select 1 from marts.imaging_studies s where s.patient_key = p.patient_key)
select count(*) from marts.patients where patient_key in (select patient_key from marts.cancer_diagnoses where site_group ilike '%lung%')
select count(*) from marts.patients where patient_key not in (select patient_key from marts.cancer_diagnoses where patient_key is not null)
select sex, string_agg(birth_year::text, ',' order by birth_year, patient_key) from marts.patients where birth_year < 1945 group by sex order by sex
select loinc_code, count(*), min(value), max(value) from marts.lab_results group by 1 order by 2 desc, 1 limit 10
select percentile_cont(0.5) within group (order by birth_year) from marts.patients
select percentile_cont(array[0.25, 0.5, 0.75]) within group (order by birth_year) from marts.patients
select width.b, count(*) from (select (birth_year - 1900) / 20 as b from marts.patients) width group by width.b order by 1
select count(*) from marts.imaging_series a join marts.imaging_series b on a.study_key = b.study_key and a.series_key < b.series_key
select distinct modality from marts.imaging_series order by modality nulls first
select modality from marts.imaging_series union select site_group from marts.cancer_diagnoses order by 1
select case when birth_year < 1950 then 'old' else 'young' end as age, count(*) from marts.patients group by case when birth_year < 1950 then 'old' else 'young' end order by 1
-- as tools write them
select "rows"."sex" as "sex", count(1) as "a0" from (select "$Table"."patient_key" as "patient_key", "$Table"."sex" as "sex" from "marts"."patients" "$Table") "rows" group by "sex" order by 1 limit 1000001
select "_"."sex" from (select "rows"."sex" as "sex" from "marts"."patients" as "rows" group by "sex") "_" where not "_"."sex" is null order by "_"."sex" limit 1001
select sex as sex, count(*) as count from (select * from marts.patients) as virtual_table where birth_year >= 1950 group by sex order by count desc limit 100
select date_trunc('month', cast("diagnosis_date" as timestamp)) as __timestamp, count(*) as "COUNT(*)" from marts.cancer_diagnoses group by date_trunc('month', cast("diagnosis_date" as timestamp)) order by "COUNT(*)" desc, 1 limit 10
select "marts"."patients"."sex" as "sex", count(*) as "count" from "marts"."patients" group by "marts"."patients"."sex" order by "marts"."patients"."sex" asc
select date_trunc('quarter', "marts"."cancer_diagnoses"."diagnosis_date")::date as q, count(*) from "marts"."cancer_diagnoses" where "marts"."cancer_diagnoses"."diagnosis_date" >= timestamp with time zone '2018-01-01 00:00:00.000Z' group by 1 order by 1
select sum(case when ("patients"."sex" = 'female') then 1 else 0 end) as "sum:female:ok", count(distinct "patients"."patient_key") as "ctd" from "marts"."patients" "patients" having (count(1) > 0)
select cast("patients"."birth_year" as text) as y, sum(1) as n from "marts"."patients" "patients" where (("patients"."birth_year" >= 1950) and (case when "patients"."is_deceased" then 'x' else 'y' end = 'y')) group by 1 order by 1 limit 5
select 1 as "number_of_records", "t0"."sex" from (select "sex" from "marts"."patients" group by 1) "t0" order by 2
-- places and parts
select substr('abcdef', -1, 4), substring('abcdef' from 0 for 3), substr('abcdef', 3), substr('abc', 5), substr('abc', 2, 0)
select substr(s, n), substr(s, n, 3), substr(s, null), substr(s, 1, null) from (values ('abcdef', -1), ('abcdef', 0), ('abcdef', 2)) v(s, n)
select extract(second from timestamp '2024-05-17 10:11:12.5'), extract(milliseconds from timestamp '2024-05-17 10:11:12.5'), date_part('second', time '10:11:12.25')
-- differs: extract(epoch) has no zeros after its last digit
select extract(epoch from timestamp '2024-05-17 10:11:12.5')
select string_to_array('', ','), string_to_array('a,,b', ','), array_length(array[]::int[], 1), array_length(array[1,2], 1), (array[1,2,3])[2:3], (array[1,2,3])[10]
select generate_series(1, 3), 'a'
select 7 # 2, ~ 5, make_timestamp(2024, 1, 2, 3, 4, 5.5), isfinite(date '2024-01-01')
-- rows
select (1, null) = (1, null), (1, 2) <> (1, 3), (1, 2) < (1, null), (2, null) > (1, 5), (1, 2) <= (1, 2), (1, 2) in ((1, 2), (3, 4)), (1, null) in ((1, null)), (1, 2) not in ((1, 3))
-- text of values
select 1.0::float8::text, 2.5::float8::text, 'Infinity'::float8::text, 100000::float4::text, 'abc'::bytea::text, interval '14 months 3 days'::text, true::text, 1.50::text
select concat(1.0::float8, true, null, date '2024-01-01', interval '1 month'), concat_ws('-', false, 2.0::float8), 'x' || 2.0::float8 || ' mm', 2.0::float8 || '|' || true
select x::text, count(*) from (values (1.0::float8), (1.0), (2.5)) v(x) group by x::text order by x::text
select slice_thickness_mm::text, slice_thickness_mm || ' mm' from marts.imaging_series order by series_key limit 20
select 1e20::float8::numeric, 1.5e-7::float8::numeric
-- regular expressions
select E'a\nb' ~ 'a.b', E'a\nb' ~ '^b', 'a b' ~ '\yb\y', 'ab' ~ 'b\Z', 'abc' ~ null, 'a.c' ~ 'a\.c'
select regexp_replace('abc', 'b', '<\&>'), regexp_replace('abc', '(a)(b)', '\2\1'), regexp_replace('a.c', '\.', '\\'), regexp_replace('aXbX', 'x', '', 'gi'), regexp_like('abc', 'B', 'i')
-- names
select -x as x from (values (3),(2),(1)) v(x) order by x
select x % 2 as x from (values (3),(2),(1)) v(x) order by x + 0, 1
select x * 2 as y, y + 1 from (values (1, 10)) v(x, y)
select x + 1 as x, count(*) from (values (1),(1),(2)) v(x) group by x order by 1
-- errors
select 'abc'::int
select 'abc'::date
select '2024-02-30'::date
select 300000::int2
select 2147483647::int + 1
select 'x'::uuid
select (select x from (values (1),(2)) v(x))
select nix from patients
select foo(1)
select sum(sex) from patients
select sex, count(*) from patients
select sex from patients order by 5
select 1 from
select x from (values (1)) a(x), (values (1)) b(x)
-- differs: a place of an array counts from 1
select (array[1,2,3])[-1]
-- differs: a whole row is no value
select count(t) from (values (1, 'a')) t(x, y)
-- differs: a row is compared with rows that are written out
select (1, 2) in (select 1, 2)
-- differs: names of one result that differ only in their case
select count(*) as "Count", sum(x) as "count" from (values (1)) v(x)
-- differs: escapes that mean something else
select 'a b' ~ 'a\b'
-- differs: the longest of several alternatives
select regexp_replace('abab', 'a|ab', 'X')
-- differs: letters of every alphabet have two cases
select upper('é'), 'Ä' ilike 'ä'
-- differs: JSON has no blanks
select json_build_object('a', 1, 'b', null), '{"a": {"b": 1}}'::json -> 'a'
-- differs: the columns of VALUES have one scale
select x from (values (1.10), (2.5)) v(x)
-- differs: numeric has 38 digits
select 123456789012.123456 * 123456789012.123456
-- differs: arrays are no text
select array[1,2]::text
