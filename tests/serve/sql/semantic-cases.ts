type Parameters = (string | number)[];

interface Answered {
  readonly name: string;
  readonly sql: string;
  /** A query of the marts that gives the same rows. */
  readonly same: string;
  readonly values?: Parameters;
}

const D = 'marts.cancer_diagnoses';
const IMAGED = `${D} d left join marts.diagnosis_imaging i using (diagnosis_key) left join marts.imaging_series s on s.series_key = i.series_key`;

/** Forms that people and tools write. */
export const ANSWERED: Answered[] = [
  {
    name: 'count(*) counts what the view is about, also where conditions join to many',
    sql: `select count(*) from cube.cohort where modality = 'CT'`,
    same: `select count(distinct d.diagnosis_key) from ${IMAGED} where s.modality = 'CT'`,
  },
  {
    name: 'aggregates that fit their measures',
    sql: `select site_group, count(diagnoses), count(distinct patients), measure(patients), max(median_age_years)
      from cube.cohort group by site_group`,
    same: `select site_group, count(*), count(distinct patient_key), count(distinct patient_key),
      percentile_cont(0.5) within group (order by age_at_diagnosis_years) from ${D} group by 1`,
  },
  {
    name: 'aggregates over dimensions never count a thing twice',
    sql: `select modality, avg(age_at_diagnosis_years), count(distinct patient_key), min(diagnosis_date)::date, count(*)
      from cube.cohort where modality is not null group by modality`,
    same: `select modality, avg(age_at_diagnosis_years), count(distinct patient_key), min(diagnosis_date), count(*)
      from (select distinct s.modality, d.diagnosis_key, d.age_at_diagnosis_years, d.patient_key, d.diagnosis_date
        from ${IMAGED} where s.modality is not null) t group by modality`,
  },
  {
    name: 'conditions of every kind mean what they mean in SQL',
    sql: `select measure(diagnoses) from cube.cohort where not (site_group <> 'lung' and age_band not in ('50-59', '60-69'))
      and histology_display ilike '%a%' and (grade is null or grade like 'G_') and age_at_diagnosis_years between 30 and 80
      and diagnosis_date >= date '2019-02-01' and 1 = 1`,
    same: `select count(*) from ${D} where not (site_group <> 'lung' and age_band not in ('50-59', '60-69'))
      and histology_display ilike '%a%' and (grade is null or grade like 'G_') and age_at_diagnosis_years between 30 and 80
      and diagnosis_date >= date '2019-02-01'`,
  },
  {
    name: '<> and NOT IN leave out what is empty',
    sql: `select count(*), max(diagnosis_date) from cube.cohort where grade <> 'G3' and stage_group not in ('I')`,
    same: `select count(*), max(diagnosis_date)::timestamp from ${D} where grade <> 'G3' and stage_group not in ('I')`,
  },
  {
    name: 'segments: as a condition, within one, and as a column',
    sql: `select site_group, lung_tumours, count(*) from cube.guarded where not lung_tumours or (lung_tumours is true and age_at_diagnosis_years > 50)
      group by 1, 2`,
    same: `select site_group, false, count(*) from ${D} where site_group = 'breast' group by 1`,
  },
  {
    name: 'a segment alone',
    sql: `select count(*), 1 as x from cube.guarded where lung_tumours`,
    same: `select 0, 1`,
  },
  {
    name: 'granularities, HAVING, ORDER BY and LIMIT',
    sql: `select date_trunc('quarter', diagnosis_date) q, measure(diagnoses) n from cube.cohort group by q
      having measure(diagnoses) > 2 order by n desc, q desc nulls last limit 3 offset 1`,
    same: `select date_trunc('quarter', diagnosis_date::timestamp) q, count(*) n from ${D} group by q
      having count(*) > 2 order by n desc, q desc nulls last limit 3 offset 1`,
  },
  {
    name: 'groups by expressions, which divide as in PostgreSQL; shares of a total over windows',
    sql: `select age_at_diagnosis_years / 10 * 10 band, count(*), count(*) * 100 / sum(count(*)) over () share,
      rank() over (order by count(*) desc) from cube.cohort group by cohort.age_at_diagnosis_years / 10 * 10`,
    same: `select age_at_diagnosis_years / 10 * 10 band, count(*), count(*) * 100 / (select count(*)::float8 from ${D}),
      rank() over (order by count(*) desc) from ${D} group by 1`,
  },
  {
    name: 'measures that divide keep their remainders',
    sql: 'select site_group, measure(share_alive_1y) from cube.cohort group by site_group',
    same: `select d.site_group, (count(*) filter (where o.is_alive_1y))::float8 / nullif(count(*) filter (where o.is_at_risk_1y), 0)
      from ${D} d join marts.outcomes o using (diagnosis_key) group by 1`,
  },
  {
    name: 'sums of measures are numeric',
    sql: `select sum(frame_count) / 7 from cube.imaging`,
    same: `select sum(frame_count)::float8 / 7 from marts.imaging_series`,
  },
  {
    name: 'rows of dimensions, distinct, and a join of rows with a mart',
    sql: `select distinct c.site_group, p.sex from cube.cohort c join marts.patients p on p.patient_key::text = c.patient_key
      where c.age_at_diagnosis_years > 40`,
    same: `select distinct d.site_group, p.sex from ${D} d join marts.patients p using (patient_key) where d.age_at_diagnosis_years > 40`,
  },
  {
    name: 'a cohort of a mart as a condition',
    sql: `select measure(diagnoses) from cube.cohort where patient_key in (select patient_key::text from marts.patients where sex = 'female')`,
    same: `select count(*) from ${D} where patient_key in (select patient_key from marts.patients where sex = 'female')`,
  },
  {
    name: 'two views, each aggregated, joined on what they share',
    sql: `with t as (select patient_key, count(*) n from cube.cohort group by 1), l as (select patient_key k, count(*) m from cube.imaging group by 1)
      select count(*), sum(n), sum(m) from t join l on k = patient_key`,
    same: `with t as (select patient_key, count(*) n from ${D} group by 1), l as (select patient_key k, count(*) m from marts.imaging_series group by 1)
      select count(*), sum(n), sum(m) from t join l on k = patient_key`,
  },
  {
    name: 'a union of groups',
    sql: `select site_group, measure(diagnoses) from cube.cohort group by 1 union all select 'all', measure(diagnoses) from cube.cohort`,
    same: `select site_group, count(*) from ${D} group by 1 union all select 'all', count(*) from ${D}`,
  },
  {
    name: 'parameters',
    sql: `select site_group as s, measure(diagnoses) from cube.cohort where age_at_diagnosis_years > $1 and sex = $2 group by site_group
      having count(*) >= $3 limit $4`,
    values: [40, 'female', 1, 100],
    same: `select d.site_group, count(*) from ${D} d join marts.patients p using (patient_key)
      where d.age_at_diagnosis_years > 40 and p.sex = 'female' group by 1`,
  },
  {
    name: 'Power BI: DirectQuery over a table, with casts and a second level',
    sql: `select "_"."site_group", "_"."a0" from (select "rows"."site_group" as "site_group", count(distinct cast("rows"."patients" as decimal)) as "a0"
      from (select "site_group", "patients", "is_treated" from "cube"."cohort" "$Table") "rows"
      where "rows"."is_treated" = true and "rows"."is_treated" is not null group by "site_group") "_" where not "_"."a0" is null limit 1000001`,
    same: `select site_group, count(distinct patient_key) from ${D} where is_treated group by 1`,
  },
  {
    name: 'Superset: a chart over a virtual dataset, by time',
    sql: `SELECT DATE_TRUNC('month', diagnosis_date) AS diagnosis_date, site_group AS site_group, count(diagnoses) AS "COUNT(diagnoses)", COUNT(*) AS count
      FROM (SELECT * FROM cube.cohort) AS virtual_table
      WHERE diagnosis_date >= TO_TIMESTAMP('2019-03-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND site_group IN ('lung', 'breast')
      GROUP BY DATE_TRUNC('month', diagnosis_date), site_group ORDER BY "COUNT(diagnoses)" DESC LIMIT 10000`,
    same: `select date_trunc('month', diagnosis_date::timestamp), site_group, count(*), count(*) from ${D}
      where diagnosis_date >= date '2019-03-01' and site_group in ('lung', 'breast') group by 1, 2`,
  },
  {
    name: 'Metabase: a question over a question',
    sql: `SELECT "source"."diagnosis_date" AS "diagnosis_date", "source"."site_group" AS "site_group", COUNT(*) AS "count", AVG("source"."age") AS "avg"
      FROM (SELECT DATE_TRUNC('year', "cube"."cohort"."diagnosis_date") AS "diagnosis_date", "cube"."cohort"."site_group" AS "site_group",
          "cube"."cohort"."age_at_diagnosis_years" AS "age" FROM "cube"."cohort"
        WHERE ("cube"."cohort"."diagnosis_date" >= timestamp '2019-01-01 00:00:00') AND (LOWER("cube"."cohort"."site_group") LIKE '%u%')) AS "source"
      WHERE "source"."age" IS NOT NULL GROUP BY "source"."diagnosis_date", "source"."site_group"
      ORDER BY "source"."diagnosis_date" ASC, "source"."site_group" ASC`,
    same: `select date_trunc('year', diagnosis_date::timestamp), site_group, count(*), avg(age_at_diagnosis_years) from ${D}
      where diagnosis_date >= date '2019-01-01' and site_group like '%u%' and age_at_diagnosis_years is not null group by 1, 2`,
  },
  {
    name: 'Metabase: a common table expression, bins and a measure',
    sql: `WITH q AS (SELECT site_group AS s, diagnoses AS d, age_at_diagnosis_years AS a FROM cube.cohort WHERE 1=1)
      SELECT ((FLOOR(((q.a - 0.0) / 10.0)) * 10.0) + 0.0) AS bin, MEASURE(q.d) AS d FROM q WHERE q.s IS NOT NULL
      GROUP BY ((FLOOR(((q.a - 0.0) / 10.0)) * 10.0) + 0.0) ORDER BY bin`,
    same: `select floor(age_at_diagnosis_years / 10.0) * 10, count(*) from ${D} where site_group is not null group by 1`,
  },
  {
    name: 'Tableau: an extract of groups, and the probe of its columns',
    sql: `SELECT "cohort"."site_group" AS "site_group", COUNT(1) AS "cnt:ok" FROM "cube"."cohort" "cohort"
      GROUP BY 1 HAVING (COUNT(1) > 0)`,
    same: `select site_group, count(*) from ${D} group by 1`,
  },
  {
    name: 'what is asked where nothing is returned: the probes of drivers',
    sql: 'select count(*) from (select * from cube.cohort where 1 = 0 limit 0) t',
    same: 'select 0',
  },
  {
    name: 'an aggregate under FILTER, of one cube',
    sql: `select site_group, count(patient_key) filter (where age_at_diagnosis_years > 60), string_agg(distinct stage_group, ',' order by stage_group)
      from cube.cohort where modality is not null group by site_group`,
    same: `select site_group, count(patient_key) filter (where age_at_diagnosis_years > 60), string_agg(distinct stage_group, ',' order by stage_group)
      from ${D} d where exists (select 1 from marts.diagnosis_imaging i join marts.imaging_series s using (series_key)
        where i.diagnosis_key = d.diagnosis_key and s.modality is not null) group by site_group`,
  },
  {
    name: 'a renamed column inside a condition means what it was renamed from',
    sql: `select distinct t.grade from (select sex as grade from cube.cohort) t
      where exists (select 1 from marts.patients p where p.sex = grade)`,
    same: `select distinct sex from marts.patients p where sex is not null and exists (select 1 from ${D} d where d.patient_key = p.patient_key)`,
  },
];

interface Refused {
  readonly name: string;
  readonly sql: string;
  readonly hint: RegExp;
}

export const REFUSED: Refused[] = [
  {
    name: 'a measure without aggregation',
    sql: 'select diagnoses from cube.cohort',
    hint: /MEASURE\(diagnoses\) or COUNT/,
  },
  { name: '*', sql: 'select * from cube.cohort', hint: /MEASURE/ },
  {
    name: 'an aggregate that does not fit',
    sql: 'select sum(patients) from cube.cohort',
    hint: /COUNT\(DISTINCT patients\)/,
  },
  {
    name: 'a sum of a share',
    sql: 'select sum(x) from (select share_alive_1y x from cube.cohort) t',
    hint: /MEASURE\(share/,
  },
  {
    name: 'count of a distinct count',
    sql: 'select count(patients) from cube.cohort',
    hint: /COUNT\(DISTINCT/,
  },
  {
    name: 'a computed measure',
    sql: 'select max(share_alive_1y * 2) from cube.cohort',
    hint: /compute with the result/,
  },
  {
    name: 'a measure under FILTER',
    sql: `select measure(diagnoses) filter (where sex = 'male') from cube.cohort`,
    hint: /WHERE/,
  },
  { name: 'MEASURE of a dimension', sql: 'select measure(sex) from cube.cohort', hint: /diagnoses/ },
  { name: 'a measure in WHERE', sql: 'select count(*) from cube.cohort where diagnoses > 3', hint: /HAVING/ },
  { name: 'a measure in a window', sql: 'select sum(diagnoses) over () from cube.cohort', hint: /MEASURE/ },
  {
    name: 'a join of two views',
    sql: 'select a.sex from cube.cohort a join cube.labs b on a.patient_key = b.patient_key',
    hint: /subquery/,
  },
  {
    name: 'a measure of a joined view',
    sql: 'select measure(diagnoses) from cube.cohort c join marts.patients p on p.patient_key::text = c.patient_key',
    hint: /subquery/,
  },
  {
    name: 'a sum over joined rows',
    sql: 'select avg(c.age_at_diagnosis_years) from cube.cohort c join marts.patients p on p.patient_key::text = c.patient_key',
    hint: /repeat/,
  },
  {
    name: 'an aggregate over two cubes',
    sql: 'select avg(age_at_diagnosis_years * slice_thickness_mm) from cube.cohort',
    hint: /one cube/,
  },
  {
    name: 'ROLLUP',
    sql: 'select site_group, count(*) from cube.cohort group by rollup(site_group)',
    hint: /UNION ALL/,
  },
  {
    name: 'a correlated condition',
    sql: 'select count(*) from cube.cohort c where exists (select from marts.patients p where p.patient_key::text = c.patient_key)',
    hint: /Join/,
  },
  {
    name: 'a join of two views behind subqueries',
    sql: 'select a.sex from (select sex, patient_key from cube.cohort) a join (select patient_key from cube.labs) b using (patient_key)',
    hint: /subquery/,
  },
  {
    name: 'a count over joined rows behind a common table expression',
    sql: 'with c as (select patient_key k from cube.cohort) select count(*) from c join marts.patients on k = patient_key::text',
    hint: /repeat/,
  },
  {
    name: 'a count under FILTER, which would count something else',
    sql: "select count(*) filter (where sex = 'male') from cube.cohort",
    hint: /count\(\*\)/,
  },
  {
    name: 'a count of one cube under FILTER over another',
    sql: "select count(patient_key) filter (where sex = 'male') from cube.cohort",
    hint: /WHERE/,
  },
  { name: 'a sum of a constant', sql: 'select sum(1) from cube.cohort', hint: /count\(\*\)/ },
  {
    name: 'GROUP BY of a constant',
    sql: "select 'x', count(*) from cube.cohort group by 1",
    hint: /constant/,
  },
  {
    name: 'a subquery over the groups around it',
    sql: `select site_group, (select count(*) from marts.cancer_diagnoses d where d.site_group = cohort.site_group)
      from cube.cohort group by site_group`,
    hint: /Join/,
  },
  {
    name: 'a count over rows that could not be merged',
    sql: `select count(*) from (select patient_key, modality from cube.cohort) t
      where exists (select 1 from marts.patients p where p.patient_key::text = t.patient_key)`,
    hint: /repeat/,
  },
  {
    name: 'a measure cast to what it is not',
    sql: 'select max(x::int8) from (select share_alive_1y as x from cube.cohort) t',
    hint: /Round/,
  },
];
