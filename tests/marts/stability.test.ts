import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { sqlName, sqlString } from '../../base/sql-text.ts';
import { PRIVACY_TAG } from '../../etl/privacy/column-policy.ts';
import { ALL_CHANGED, checkMarts } from '../../etl/refresh/check-marts.ts';
import { loadSqlFiles } from '../../etl/warehouse/sql-files.ts';
import { listFolders, makeMarts, openEmptyWarehouse, planShippedViews } from './warehouse.ts';

const MARTS = [
  'tumor_conditions',
  'cancer_diagnoses',
  'diagnosis_dates',
  'stage_assessments',
  'biomarkers',
  'variants',
  'performance_status',
  'biopsy_episodes',
  'imaging_series',
  'imaging_events',
  'specimens',
  'pathology_slides',
];

/** What a reader counts: without keys of records, and what several records state once. */
const COUNTED: readonly string[] = [
  `select 'diagnosis', patient_key, tumor_number, site_group, histology_group, behavior, laterality, laterality_source,
    grade, diagnosis_date, diagnosis_precision, diagnosis_date_source, stage_subgroup, stage_type, stage_source,
    t_category, n_category, m_category, has_stage_conflict, has_grade_conflict, has_laterality_conflict,
    has_site_conflict, is_metastatic_at_diagnosis, first_treatment_class, days_to_first_treatment
   from marts.cancer_diagnoses`,
  `select distinct 'condition', patient_key, role, read_by, site_group, histology_group, behavior, laterality,
    diagnosis_link, diagnosis_key is not null from marts.tumor_conditions`,
  `select distinct 'date', patient_key, diagnosis_key, date_source, diagnosis_date, days_from_preferred, is_plausible
   from marts.diagnosis_dates`,
  `select 'stage', patient_key, diagnosis_key, item, context, stage_type, staging_system, edition, stage_subgroup,
    category, t_category, n_category, m_category, stage_raw, stage_date, is_preferred, has_conflict
   from marts.stage_assessments where not is_repeat`,
  `select 'biomarker', patient_key, diagnosis_key, analyte, scale, result, value_number, unit, method, specimen_type,
    days_from_diagnosis, diagnosis_window, has_conflict
   from marts.biomarkers where not is_repeat`,
  `select 'variant', patient_key, gene, hgnc_id, presence, hgvs_genomic, source_class, allele_fraction, has_conflict
   from marts.variants where not is_repeat`,
  `select 'performance', patient_key, scale, score, score_source, status_date, has_conflict
   from marts.performance_status where not is_repeat`,
  `select 'biopsy', patient_key, diagnosis_key, biopsy_date, site_group, result, result_source, has_suspicion,
    has_conflict, is_false_positive, is_false_positive_proxy, follow_up_days from marts.biopsy_episodes`,
  `select 'event', patient_key, event_date, event_precision, event_type, event_class, title
   from marts.patient_events
   where event_type in ('diagnosis', 'stage', 'biomarker', 'variant', 'performance status', 'imaging')`,
  `select 'imaging', patient_key, event_date, modality, body_region, contrast, is_in_dicom, is_in_imaging_study,
    is_in_procedure, match_confidence, is_ambiguous, has_date_conflict, has_region_conflict from marts.imaging_events`,
  `select 'series', patient_key, series_key, body_region, body_region_source, has_body_region_conflict, contrast,
    contrast_source, has_contrast_conflict, contrast_phase, is_volume_usable, volume_reasons, missing_slices
   from marts.imaging_series`,
  `select distinct 'specimen', patient_key, level, depth, collected_date, body_region, has_parent_conflict, is_in_dicom
   from marts.specimens`,
  `select 'slide', patient_key, slide_key, specimen_link_rule, collected_date, has_specimen_conflict, stain
   from marts.pathology_slides`,
];

const plans = planShippedViews();
/** Not a view, and told once per study however often its files come. */
const LINKS = 'imaging_link';
const tables = [...plans.map((plan) => plan.name), LINKS];
let connection: DuckDBConnection;
let expected: string;

/** Columns of a staging table that are keys of records. UIDs and numbers are content; the person is given by identity. */
const recordKeys = new Map(
  plans.map((plan) => [
    plan.name,
    plan.columns.filter(({ tags }) => tags[PRIVACY_TAG] === 'key').map(({ name }) => name),
  ]),
);

/** Columns of a staging table that hold any key. */
const keyColumns = new Map<string, readonly string[]>();

/** All columns of a staging table, its record keys made anew with a salt (`null`: left as they are). */
function selectList(table: string, salt: string | null, everyKey = false): string {
  const renewed = (everyKey ? keyColumns : recordKeys).get(table) ?? [];
  if (salt === null || renewed.length === 0) return '*';
  const list = renewed.map(
    (column) =>
      `if(${sqlName(column)} is null, null, md5(${sqlName(column)}::varchar || ${sqlString(salt)}))::uuid as ${sqlName(column)}`,
  );
  return `* replace (${list.join(', ')})`;
}

/** Every golden case of these marts in one warehouse, each with people of its own. */
async function gatherCases(): Promise<void> {
  await connection.run('create schema base');
  for (const table of tables) {
    await connection.run(`create table base.${sqlName(table)} as from staging.${sqlName(table)}`);
    const rows = await connection.runAndReadAll(
      `select column_name from (describe staging.${sqlName(table)}) where column_type = 'UUID'`,
    );
    keyColumns.set(
      table,
      rows.getRows().map(([name]) => String(name)),
    );
  }
  for (const mart of MARTS) {
    for (const name of listFolders(join(packageRoot, 'tests/marts', mart))) {
      await connection.run(readFileSync(join(packageRoot, 'tests/marts', mart, name, 'given.sql'), 'utf8'));
      for (const table of tables) {
        const staging = `staging.${sqlName(table)}`;
        await connection.run(
          `insert into base.${sqlName(table)} select ${selectList(table, `${mart}/${name}`, true)} from ${staging};
           delete from ${staging}`,
        );
      }
    }
  }
}

async function count(fill: (table: string) => string): Promise<string> {
  for (const table of tables) {
    await connection.run(
      `delete from staging.${sqlName(table)}; insert into staging.${sqlName(table)} ${fill(table)}`,
    );
  }
  for (const schema of ['staging', 'marts'] as const) {
    for (const { name } of loadSqlFiles(schema))
      await connection.run(`drop table if exists ${schema}.${sqlName(name)}`);
  }
  await makeMarts(connection);
  await checkMarts(connection, ALL_CHANGED);
  const lines: string[] = [];
  for (const sql of COUNTED) {
    const reader = await connection.runAndReadAll(`${sql} order by all`);
    lines.push(...reader.getRowsJson().map((row) => JSON.stringify(row)));
  }
  return lines.join('\n');
}

beforeAll(async () => {
  connection = await openEmptyWarehouse();
  await gatherCases();
  expected = await count((table) => `from base.${sqlName(table)}`);
});

test('the cases are many', () => {
  expect(expected.split('\n').length).toBeGreaterThan(120);
});

test('counts are the same whatever the order of records and their ids, and when everything is exported twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), fc.boolean(), async (seed, isTwice) => {
      const shuffled = (table: string): string => {
        const base = `base.${sqlName(table)}`;
        const renewed = `select ${selectList(table, `ids ${seed}`)} from ${base}`;
        const other = `select ${selectList(table, `other ids ${seed}`)} from ${base}`;
        const rows = isTwice && table !== LINKS ? `${renewed} union all ${other}` : renewed;
        return `select * from (${rows}) r order by hash(r::varchar || ${sqlString(String(seed))})`;
      };
      expect(await count(shuffled)).toBe(expected);
    }),
    { numRuns: 3, examples: [[1, true]] },
  );
});
