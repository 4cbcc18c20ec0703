import { describe, expect, test } from 'vitest';
import { PRIVACY_TAG, policyOf } from '../../etl/privacy/column-policy.ts';
import { planFlatten } from '../../etl/privacy/flatten-sql.ts';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView } from '../../etl/view/plan.ts';
import { printView } from '../../etl/view/sql.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { loadPrivacyProfile, PROFILE_NAMES } from '../../models/privacy-profile.ts';
import { loadViewFiles } from '../../models/view-definition-files.ts';

interface Select {
  readonly column?: readonly { readonly description?: string }[];
  readonly select?: readonly Select[];
  readonly unionAll?: readonly Select[];
}

function columnsOf({
  column = [],
  select = [],
  unionAll = [],
}: Select): readonly { readonly description?: string }[] {
  return [...column, ...[...select, ...unionAll].flatMap(columnsOf)];
}

const views = loadViewFiles().map(({ path, json }) => ({
  path,
  json: json as Select,
  plan: planView(parseViewDefinition(json, path)),
}));

const PROMISED = [
  'dicom_instance',
  'dicom_segment',
  'dicom_segment_frames',
  'dicom_slide_level',
  'dicom_slide_specimen',
  'dicom_specimen_parent',
  'allergy_intolerance',
  'body_structure',
  'care_plan',
  'condition',
  'condition_stage',
  'consent',
  'coverage',
  'diagnostic_report',
  'diagnostic_report_conclusion',
  'diagnostic_report_result',
  'diagnostic_report_specimen',
  'document_reference',
  'encounter',
  'imaging_study',
  'imaging_study_series',
  'immunization',
  'location',
  'medication',
  'medication_administration',
  'medication_administration_contained',
  'medication_dispense',
  'medication_dispense_contained',
  'medication_request',
  'medication_request_contained',
  'medication_statement',
  'medication_statement_contained',
  'observation',
  'observation_component',
  'observation_member',
  'organization',
  'patient',
  'practitioner',
  'procedure',
  'radiotherapy_dose',
  'service_request',
  'specimen',
  'specimen_identifier',
];

describe('shipped views', () => {
  test('the tables that the models promise are there, each named as its file', () => {
    expect(views.map((view) => view.plan.name)).toEqual(PROMISED);
    for (const { path, plan } of views) expect(path.endsWith(`/${plan.name}.view.json`), path).toBe(true);
  });

  test.each(views.map((view) => [view.plan.name, view] as const))('%s compiles to SQL', async (_, view) => {
    const connection = await (await openDuckDB({ threads: 1 })).connect();
    const scan = { kind: 'json-relation', sql: 'select null::json as json', carry: [] } as const;
    await expect(connection.run(`explain ${printView(view.plan, scan)}`)).resolves.toBeDefined();
    connection.closeSync();
  });

  test.each(views.map((view) => [view.plan.name, view] as const))(
    '%s has a policy and a description for every column',
    (_, { json, plan }) => {
      for (const column of plan.columns) expect(policyOf(plan.name, column)).toBe(column.tags[PRIVACY_TAG]);
      for (const column of columnsOf(json)) expect(column.description).toBeTruthy();
    },
  );

  test('no view fails on an element that a record repeats', () => {
    const scan = { kind: 'json-relation', sql: 'select null::json as json', carry: [] } as const;
    for (const { plan } of views) expect(printView(plan, scan), plan.name).not.toMatch(/\berror\(/);
  });

  test('staging tables have the same columns under every profile, and none twice', () => {
    for (const { plan } of views) {
      const [research = [], identified = []] = PROFILE_NAMES.map((name) =>
        planFlatten(plan, loadPrivacyProfile(name), '2026-01-01').columns.map((column) => column.name),
      );
      expect(identified).toEqual(research);
      expect(new Set(research).size, plan.name).toBe(research.length);
    }
  });
});
