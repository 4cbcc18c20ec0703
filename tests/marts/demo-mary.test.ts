import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateDemo } from '../../demo/generate.ts';
import { refreshOnce, withSnapshot } from '../support/refresh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('Mary of the demo centre: dated by her biopsy, staged, tested and scored', async () => {
  const directory = temporaryDirectory();
  await generateDemo({ directory, patients: 1, seed: 42, images: 'none' });
  await refreshOnce(directory, [{ kind: 'fhir-folder', name: 'ehr', path: join(directory, 'fhir') }], {
    profile: 'identified',
  });
  await withSnapshot(directory, async (query) => {
    // plan/mary.ts: biopsy on 16 September, the pathologist's answer and the onset of the Conditions on the 22nd
    expect(
      await query(`select site_group, histology_group, laterality, laterality_source, diagnosis_date,
          diagnosis_date_source, diagnosis_record_table, stage_subgroup, stage_type, has_stage_conflict, t_category,
          n_category, m_category, is_metastatic_at_diagnosis, condition_count from marts.cancer_diagnoses`),
    ).toEqual([
      {
        site_group: 'lung',
        histology_group: 'adenocarcinoma',
        laterality: 'right',
        laterality_source: 'qualifier',
        diagnosis_date: '2025-09-16',
        diagnosis_date_source: 'biopsy',
        diagnosis_record_table: 'staging.procedure',
        stage_subgroup: 'IIIA',
        stage_type: 'clinical',
        has_stage_conflict: false,
        t_category: 'T2a',
        n_category: 'N2',
        m_category: 'M0',
        is_metastatic_at_diagnosis: false,
        condition_count: 2,
      },
    ]);
    expect(
      await query(`select biopsy_date, site_group, result, result_source, has_suspicion, procedure_count, specimen_count
        from marts.biopsy_episodes`),
    ).toEqual([
      {
        biopsy_date: '2025-09-16',
        site_group: 'lung',
        result: 'malignant',
        result_source: 'report',
        has_suspicion: true,
        procedure_count: 1,
        specimen_count: 1,
      },
    ]);
    expect(
      await query(`select analyte, scale, result, value_number, unit, specimen_source from marts.biomarkers
        where analyte = 'PD-L1' and diagnosis_key is not null order by scale`),
    ).toEqual([
      {
        analyte: 'PD-L1',
        scale: 'percent',
        result: null,
        value_number: 60,
        unit: '%',
        specimen_source: 'specimen',
      },
      {
        analyte: 'PD-L1',
        scale: 'presence',
        result: 'positive',
        value_number: null,
        unit: null,
        specimen_source: 'specimen',
      },
    ]);
    expect(await query('select gene, presence, source_class from marts.variants order by gene')).toEqual([
      { gene: 'ALK', presence: 'absent', source_class: 'somatic' },
      { gene: 'EGFR', presence: 'absent', source_class: 'somatic' },
    ]);
    const [first] = await query(
      'select scale, score from marts.performance_status order by status_date limit 1',
    );
    expect(first).toEqual({ scale: 'ECOG', score: 1 });
  });
});
