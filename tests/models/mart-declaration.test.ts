import { describe, expect, test } from 'vitest';
import { loadMartDeclarations, parseMartDeclaration } from '../../models/mart-declaration.ts';

const declaration = `
name: visits
title: Visits
description: Visits.
grain: one row per visit
owner: clinical-data
version: 1.0.0
key: [visit_key]
references: []
traces: []
columns:
  - { name: visit_key, type: UUID, nullable: false, description: The visit. }
`;

describe('mart declarations', () => {
  test('the shipped marts are sound', () => {
    expect(loadMartDeclarations().map((mart) => mart.name)).toEqual([
      'biomarkers',
      'biopsy_episodes',
      'biopsy_findings',
      'cancer_diagnoses',
      'coverages',
      'data_quality',
      'diagnosis_dates',
      'diagnosis_imaging',
      'disease_status',
      'encounters',
      'imaging_event_records',
      'imaging_events',
      'imaging_evidence',
      'imaging_links',
      'imaging_series',
      'imaging_studies',
      'lab_results',
      'outcomes',
      'pathology_slides',
      'patient_events',
      'patients',
      'performance_status',
      'radiotherapy_volumes',
      'refresh_runs',
      'specimens',
      'stage_assessments',
      'treatment_line_agents',
      'treatment_lines',
      'treatment_records',
      'treatments',
      'tumor_conditions',
      'variants',
    ]);
  });

  test('a date comes with its precision, and only dates do', () => {
    for (const mart of loadMartDeclarations()) {
      const names = mart.columns.map((column) => column.name);
      for (const column of mart.columns) {
        if (column.name.endsWith('_date')) expect(column.type, column.name).toBe('DATE');
        if (column.name.endsWith('_at')) expect(column.type, column.name).toBe('TIMESTAMPTZ');
        if (/^(is|has)_/.test(column.name)) expect(column.type, column.name).toBe('BOOLEAN');
        if (column.name.endsWith('_key')) expect(column.type, column.name).toBe('UUID');
        if (column.name.endsWith('_precision'))
          expect(names).toContain(column.name.replace(/_precision$/, '_date'));
      }
    }
  });

  test.each([
    ['another name', declaration.replace('visits', 'calls')],
    ['a nullable key', declaration.replace(', nullable: false', '')],
    ['a key that is no column', declaration.replace('key: [visit_key]', 'key: [call_key]')],
    [
      'a trace by no column',
      declaration.replace('traces: []', 'traces: [{ columns: [x], find: [{ table: staging.x, by: [x] }] }]'),
    ],
    ['a type the warehouse does not use', declaration.replace('UUID', 'FLOAT')],
    ['a grain that is not one', declaration.replace('one row per visit', 'visits')],
  ])('refuses %s', (_, text) => {
    expect(() => parseMartDeclaration('visits.yaml', declaration)).not.toThrow();
    expect(() => parseMartDeclaration('visits.yaml', text)).toThrowError(
      expect.objectContaining({ code: 'mart-invalid' }),
    );
  });
});
