/**
 * What PostgreSQL computes in a way of its own, as macros that every connection begins with. `typeof` is a constant
 * to DuckDB's planner, so the branches of other types cost nothing.
 */
export const MACROS: readonly string[] = [
  // The text of a value, as a cast to text writes it.
  String.raw`create or replace temp macro chiasm_text(x) as case
    when typeof(x) in ('DOUBLE', 'FLOAT') then case x::varchar
      when 'inf' then 'Infinity' when '-inf' then '-Infinity' when 'nan' then 'NaN'
      else regexp_replace(x::varchar, '\.0$', '') end
    when typeof(x) = 'BLOB' then '\x' || lower(hex(x::varchar))
    when typeof(x) = 'INTERVAL' then replace(x::varchar, 'month', 'mon')
    when typeof(x) like '%]' or typeof(x) like 'STRUCT(%' or typeof(x) like 'MAP(%'
      then error('a list or a structure as text')
    else x::varchar end`,
  // The text of a value, as concat writes it.
  `create or replace temp macro chiasm_output(x) as case
    when typeof(x) = 'BOOLEAN' then case x::varchar when 'true' then 't' when 'false' then 'f' end
    else chiasm_text(x) end`,
  // Places before the first count, and hold nothing.
  'create or replace temp macro chiasm_from(s, n) as substr(s, if(n < 1, 1, n))',
  `create or replace temp macro chiasm_part(s, n, l) as case
    when l < 0 then error('negative substring length')
    else substr(s, if(n < 1, 1, n), greatest(if(n < 1, l + n - 1, l), if(n is null or l is null, null, 0))) end`,
  `create or replace temp macro chiasm_split(s, d) as case when s = '' then [] else string_split(s, d) end`,
];
