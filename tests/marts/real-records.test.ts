import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRecords } from '../../etl/opening/open-records.ts';
import { openRow } from '../../etl/opening/open-row.ts';
import { refresh } from '../../etl/refresh/refresh.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { attachSnapshot, openSnapshot, type SnapshotHandle } from '../../etl/warehouse/snapshot.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

describeWithSharedData('marts of real records', () => {
  const home = mkdtempSync(join(tmpdir(), 'chiasm-marts-'));
  let connection: DuckDBConnection;
  let snapshot: SnapshotHandle;
  const query = (sql: string): Promise<readonly Record<string, Json>[]> => queryJson(connection, sql);

  beforeAll(async () => {
    mkdirSync(join(home, 'stu2'));
    cpSync(
      sharedData('mcode', 'coverage-checker-bundles', 'fullBundle.json'),
      join(home, 'stu2', 'fullBundle.json'),
    );
    for (const name of [
      'MedicationDispense-meddisp008',
      'MedicationDispense-meddisp0317',
      'MedicationRequest-medrx0309',
      'Coverage-7546D',
      'Coverage-SP1234',
      'Encounter-f001',
      'Encounter-f203',
      'Encounter-emerg',
    ]) {
      cpSync(sharedData('fhir', 'r4-spec-examples', `${name}.json`), join(home, 'examples', `${name}.json`));
    }
    // US Core's own drugs and procedures, so that what is no cancer treatment is seen to be none
    for (const name of readdirSync(sharedData('fhir', 'us-core-examples'))) {
      const path = sharedData('fhir', 'us-core-examples', name);
      const { resourceType } = JSON.parse(readFileSync(path, 'utf8')) as { resourceType: string };
      if (/^(Medication|Procedure|Condition)/.test(resourceType)) cpSync(path, join(home, 'examples', name));
    }
    await refresh({
      sources: [
        { kind: 'fhir-folder', name: 'synthea', path: sharedData('fhir', 'synthea-cancer-ndjson') },
        { kind: 'fhir-folder', name: 'bundles', path: sharedData('fhir', 'synthea-cancer-bundles') },
        { kind: 'fhir-folder', name: 'us-core', path: sharedData('fhir', 'us-core-examples') },
        { kind: 'fhir-folder', name: 'stu1', path: sharedData('mcode', 'stu1-ig-examples') },
        { kind: 'fhir-folder', name: 'stu2', path: join(home, 'stu2') },
        { kind: 'fhir-folder', name: 'examples', path: join(home, 'examples') },
        { kind: 'dicom-folder', name: 'pacs', path: sharedData('dicom', 'mr-series') },
      ],
      directories: {
        landing: join(home, 'landing'),
        vault: join(home, 'vault'),
        keyFile: join(home, 'vault', 'key'),
        warehouse: join(home, 'warehouse'),
        private: join(home, 'private'),
        state: join(home, 'state'),
      },
      profile: 'identified',
      guard: { maxDeletedShare: 0.01, maxFallShare: 0.05, ignoreBelow: 10 },
      retention: { keep: 1, graceMs: 0 },
      full: false,
      now: () => new Date('2026-06-01T00:00:00Z'),
      onProgress: () => undefined,
    });
    connection = await (await openDuckDB({ threads: 1 })).connect();
    snapshot = await openSnapshot(join(home, 'warehouse'));
    await attachSnapshot(connection, snapshot, 'chiasm');
    await connection.run('use chiasm.marts');
  });
  afterAll(() => {
    connection?.closeSync();
    rmSync(home, { recursive: true, force: true });
  });

  test('a row of every mart, and an event of every kind and table, opens to rows of records', async () => {
    for (const mart of loadMartDeclarations().filter(({ traces }) => traces.some((each) => !each.optional))) {
      const keys = mart.key.map((name) => `${name}::varchar`).join(', ');
      const chosen =
        mart.name === 'patient_events'
          ? 'select any_value(event_key) from patient_events group by event_type, source_table'
          : `select ${keys} from ${mart.name} limit 1`;
      for (const row of await query(chosen)) {
        const { rows } = await openRow(connection, mart.name, Object.values(row).map(String));
        expect(
          rows.filter(({ table }) => table.startsWith('staging.')).length,
          JSON.stringify(rows[0]?.table),
        ).toBeGreaterThan(0);
      }
    }
    expect(await query('select count(distinct event_type)::integer as n from patient_events')).toEqual([
      { n: 26 },
    ]);
  });

  test('records are what stands in the source files, line by line and entry by entry', async () => {
    const directories = {
      warehouse: join(home, 'warehouse'),
      private: join(home, 'private'),
      landing: join(home, 'landing'),
    };
    const folders: Readonly<Record<string, string>> = {
      synthea: sharedData('fhir', 'synthea-cancer-ndjson'),
      bundles: sharedData('fhir', 'synthea-cancer-bundles'),
      'us-core': sharedData('fhir', 'us-core-examples'),
      stu2: join(home, 'stu2'),
    };
    const places: string[] = [];
    for (const [mart, source] of [
      ['encounters', 'synthea'],
      ['encounters', 'bundles'],
      ['coverages', 'us-core'],
      ['tumor_conditions', 'stu2'],
    ] as const) {
      const [name = ''] = loadMartDeclarations().find((each) => each.name === mart)?.key ?? [];
      const [row] = await query(`select ${name} from ${mart} where source = '${source}' order by 1 limit 1`);
      const key = [String(row?.[name])];
      const { records } = await openRecords({ snapshot, directories, mart, key, records: 'line' });
      for (const { origin, text } of records) {
        const file = readFileSync(join(folders[source] ?? '', origin.path), 'utf8');
        const line = origin.line === undefined ? file : (file.split('\n')[origin.line - 1] ?? '');
        expect(JSON.parse(text ?? '')).toEqual(at(JSON.parse(line), origin.element ?? ''));
        if (origin.line !== undefined) expect(text).toBe(line);
        places.push(
          `${source} ${origin.line === undefined ? 'file' : 'line'} ${origin.element?.replace(/\d+/, 'n')}`,
        );
      }
    }
    expect(new Set(places)).toEqual(
      new Set([
        'synthea line undefined',
        'bundles file entry[n].resource',
        'us-core file undefined',
        'stu2 file entry[n].resource',
      ]),
    );
    const [person] = await query('select patient_key from patients limit 1');
    const closed = { ...directories, private: join(home, 'nowhere') };
    const key = [String(person?.['patient_key'])];
    await expect(
      openRecords({ snapshot, directories: closed, mart: 'patients', key, records: 'place' }),
    ).rejects.toMatchObject({ code: 'records-closed' });
  });

  test('who pays; departments, reasons and lengths of encounters with what tells them', async () => {
    const told = (sql: string): Promise<readonly unknown[]> =>
      query(sql).then((rows) => rows.map((row) => Object.values(row).join(', ')));
    expect(
      await told(`select type_code, payer_kind, payer_kind_source, plan_type, coalesce(payor_name, '-'), is_open_ended
        from coverages order by type_code`),
    ).toEqual([
      '3712, public, type, PPO, Acme Health Plan, true',
      'EHCPOL, private, type, unknown, -, false',
      'pay, self-pay, type, unknown, -, false',
    ]);
    expect(
      await told(`select source, department_source, coalesce(min(department), '-'), 'reason: ' || reason_source,
          'length: ' || length_source, count(*)
        from encounters group by source, department_source, reason_source, length_source order by all`),
    ).toEqual([
      // Synthea knows no departments: place and provider are the same hospital
      'bundles, service provider, BAYSTATE MEDICAL PRACTICES INC, reason: unknown, length: period, 93',
      'bundles, service provider, FALMOUTH HOSPITAL, reason: code, length: period, 47',
      // an emergency, an office visit of 140 minutes, and an admission told in days with its reason in words
      'examples, location, Emergency Waiting Room, reason: unknown, length: unknown, 1',
      'examples, service provider, -, reason: text, length: unknown, 1',
      'examples, service provider, Burgers University Medical Center, reason: code, length: length, 1',
      'synthea, service provider, ADCARE HOSPITAL OF WORCESTER INC, reason: code, length: period, 86',
      'synthea, service provider, ADCARE HOSPITAL OF WORCESTER INC, reason: unknown, length: period, 125',
      'us-core, location, Holy Family Hospital, reason: unknown, length: period, 1',
      'us-core, location, Holy Family Hospital, reason: unknown, length: unknown, 2',
    ]);
  });

  test('the four Synthea cancer patients have four tumours', async () => {
    expect(
      await query(`select family_name, site_group, histology_group, behavior, outcomes.diagnosis_date, age_at_diagnosis_years,
          stage_group, condition_count, first_treatment_class, days_to_first_treatment, is_alive_1y, is_alive_5y
        from cancer_diagnoses join patients using (patient_key) join outcomes using (diagnosis_key)
        where exists (select 1 from tumor_conditions c where c.diagnosis_key = cancer_diagnoses.diagnosis_key
          and c.source = 'synthea') order by site_group`),
    ).toEqual([
      {
        family_name: 'Wehner319',
        site_group: 'breast',
        histology_group: null,
        behavior: 'malignant',
        diagnosis_date: '2007-09-05',
        age_at_diagnosis_years: 68,
        stage_group: null,
        condition_count: 1,
        first_treatment_class: null,
        days_to_first_treatment: null,
        is_alive_1y: true,
        is_alive_5y: true,
      },
      {
        family_name: 'Welch179',
        site_group: 'colorectal',
        histology_group: null,
        behavior: 'malignant',
        diagnosis_date: '2013-11-22',
        age_at_diagnosis_years: 51,
        stage_group: null,
        condition_count: 1,
        first_treatment_class: 'surgery',
        days_to_first_treatment: 12,
        is_alive_1y: true,
        is_alive_5y: true,
      },
      {
        family_name: 'Treutel973',
        site_group: 'lung',
        histology_group: 'non-small cell carcinoma',
        behavior: 'malignant',
        diagnosis_date: '2011-05-19',
        age_at_diagnosis_years: 65,
        stage_group: 'I',
        condition_count: 2,
        first_treatment_class: 'chemotherapy',
        days_to_first_treatment: 2,
        is_alive_1y: true,
        is_alive_5y: false,
      },
      {
        family_name: 'Rosenbaum794',
        site_group: 'prostate',
        histology_group: 'carcinoma, other or unspecified',
        behavior: 'in situ',
        diagnosis_date: '2003-06-14',
        age_at_diagnosis_years: 60,
        stage_group: null,
        condition_count: 1,
        first_treatment_class: 'surgery',
        days_to_first_treatment: 0,
        is_alive_1y: true,
        is_alive_5y: false,
      },
    ]);
  });

  test('45 cycles of each agent, though each was ordered and given', async () => {
    expect(
      await query(`select agent, source_type, administration_count, record_count, start_date, end_date
        from treatments join patients using (patient_key) where family_name = 'Treutel973' order by agent nulls last`),
    ).toEqual([
      ...['cisplatin', 'paclitaxel'].map((agent) => ({
        agent,
        source_type: 'administration',
        administration_count: 45,
        record_count: 45,
        start_date: '2011-05-21',
        end_date: '2015-03-05',
      })),
      {
        agent: null,
        source_type: 'procedure',
        administration_count: null,
        record_count: 45,
        start_date: '2011-05-21',
        end_date: '2015-03-05',
      },
    ]);
  });

  test('45 cycles make one line, not 90, though two agents were given; chemoradiation repeats are one course', async () => {
    expect(
      await query(`select family_name, line_number, regimen, regimen_source, cycle_count, treatment_count, start_date::varchar as start_date,
          end_date::varchar as end_date, confidence, confidence_reasons
        from treatment_lines join patients using (patient_key)
        where diagnosis_key in (select diagnosis_key from tumor_conditions where source in ('synthea', 'bundles'))
        order by family_name, start_date`),
    ).toEqual([
      {
        family_name: 'Rodríquez611',
        line_number: 1,
        regimen: 'cisplatin + paclitaxel',
        regimen_source: 'agents',
        cycle_count: 29,
        treatment_count: 2,
        start_date: '2013-05-17',
        end_date: '2015-11-01',
        confidence: 'high',
        confidence_reasons: null,
      },
      // two orders without reason or end: the line is as weak as they are
      {
        family_name: 'Rosenbaum794',
        line_number: 1,
        regimen: 'docetaxel + leuprolide',
        regimen_source: 'agents',
        cycle_count: null,
        treatment_count: 2,
        start_date: '2003-06-14',
        end_date: '2003-06-14',
        confidence: 'medium',
        confidence_reasons: 'ordered or stated|tumor assumed',
      },
      {
        family_name: 'Rosenbaum794',
        line_number: 1,
        regimen: 'anastrozole + palbociclib',
        regimen_source: 'agents',
        cycle_count: null,
        treatment_count: 2,
        start_date: '2015-02-16',
        end_date: '2015-02-16',
        confidence: 'medium',
        confidence_reasons: 'ordered or stated',
      },
      {
        family_name: 'Treutel973',
        line_number: 1,
        regimen: 'cisplatin + paclitaxel',
        regimen_source: 'agents',
        cycle_count: 45,
        treatment_count: 2,
        start_date: '2011-05-21',
        end_date: '2015-03-05',
        confidence: 'high',
        confidence_reasons: null,
      },
    ]);
    expect(
      await query(`select source, count(*)::integer as courses, sum(record_count)::integer as records from treatments
        where treatment_class = 'radiotherapy' and source in ('synthea', 'bundles') group by source order by source`),
    ).toEqual([
      { source: 'bundles', courses: 2, records: 63 },
      { source: 'synthea', courses: 1, records: 45 },
    ]);
  });

  test('deaths with their cause; follow-up ends with them though certificates come days later', async () => {
    expect(
      await query(`select family_name, death_date::varchar as death_date, death_source, cause_of_death_code, is_cancer_death,
          last_contact_date = death_date as ends_with_death, has_contact_after_death, days_to_death, is_alive_1y, is_alive_2y,
          (select count(*)::integer from patient_events e
            where e.patient_key = outcomes.patient_key and e.event_date > death_date and e.is_contact) as later
        from outcomes join patients using (patient_key, last_contact_date) where outcomes.is_deceased order by death_date`),
    ).toEqual([
      {
        family_name: 'Rosenbaum794',
        death_date: '2005-05-28',
        death_source: 'patient',
        cause_of_death_code: '126906006',
        // a neoplasm of the prostate, which need not be malignant
        is_cancer_death: null,
        ends_with_death: true,
        has_contact_after_death: false,
        days_to_death: 714,
        is_alive_1y: true,
        is_alive_2y: false,
        later: 2,
      },
      {
        family_name: 'Treutel973',
        death_date: '2015-03-08',
        death_source: 'patient',
        cause_of_death_code: '254637007',
        is_cancer_death: true,
        ends_with_death: true,
        has_contact_after_death: false,
        days_to_death: 1389,
        is_alive_1y: true,
        is_alive_2y: true,
        later: 2,
      },
      {
        family_name: 'Rodríquez611',
        death_date: '2015-11-28',
        death_source: 'patient',
        cause_of_death_code: '254637007',
        is_cancer_death: true,
        ends_with_death: true,
        has_contact_after_death: false,
        days_to_death: 927,
        is_alive_1y: true,
        is_alive_2y: true,
        later: 2,
      },
    ]);
  });

  test('administrations and studies are in the journey', async () => {
    expect(
      await query(`select event_type, event_class, count(*)::integer as events, min(event_date) as first
        from patient_events join patients using (patient_key)
        where family_name = 'Treutel973' and (event_class = 'administration' or event_type = 'imaging')
        group by all order by event_type, event_class`),
    ).toEqual([
      { event_type: 'imaging', event_class: 'CT', events: 46, first: '2011-05-10' },
      { event_type: 'imaging', event_class: 'DX', events: 1, first: '2011-05-05' },
      { event_type: 'imaging', event_class: 'MR', events: 1, first: '2011-05-21' },
      { event_type: 'medication', event_class: 'administration', events: 90, first: '2011-05-21' },
    ]);
  });

  test('mCODE: Jenny M is stage IIB by the cited Observation and IIIC by the Condition', async () => {
    expect(
      await query(`select site_group, laterality, histology_group, stage_subgroup, has_stage_conflict, stage_type,
          t_category, n_category, m_category, clinical_status
        from cancer_diagnoses join patients using (patient_key) where family_name = 'M'`),
    ).toEqual([
      {
        site_group: 'breast',
        laterality: 'left',
        histology_group: 'adenocarcinoma',
        stage_subgroup: 'IIB',
        has_stage_conflict: true,
        stage_type: 'clinical',
        t_category: 'T3',
        n_category: 'N0',
        m_category: 'M0',
        clinical_status: 'remission',
      },
    ]);
    expect(
      await query(`select treatment_class, agent, source_type, intent, dose_gy, fraction_count, diagnosis_link
        from treatments join patients using (patient_key) where family_name = 'M' order by start_date, agent nulls last`),
    ).toMatchObject([
      {
        treatment_class: 'chemotherapy',
        agent: 'cyclophosphamide',
        source_type: 'order',
        intent: 'curative',
      },
      { treatment_class: 'chemotherapy', agent: 'doxorubicin', source_type: 'order', intent: 'curative' },
      { treatment_class: 'surgery', agent: null, source_type: 'procedure', diagnosis_link: 'reference' },
      {
        treatment_class: 'chemotherapy',
        agent: 'paclitaxel',
        source_type: 'order',
        diagnosis_link: 'reference',
      },
      { treatment_class: 'radiotherapy', dose_gy: 60, fraction_count: 30, diagnosis_link: 'only-tumor' },
      { treatment_class: 'hormone therapy', agent: 'anastrozole', diagnosis_link: 'reference' },
    ]);
    expect(
      await query(`select dose_gy, recorded_dose, recorded_dose_unit, fraction_count
        from radiotherapy_volumes join patients using (patient_key) where family_name = 'M' order by dose_gy`),
    ).toEqual([
      { dose_gy: 50, recorded_dose: 5000, recorded_dose_unit: 'cGy', fraction_count: 25 },
      { dose_gy: 60, recorded_dose: 6000, recorded_dose_unit: 'cGy', fraction_count: 30 },
    ]);
    expect(
      await query(`select line_number, regimen, regimen_source, continuation_agents, intent, confidence, is_open_ended
        from treatment_lines join patients using (patient_key) where family_name = 'M'`),
    ).toEqual([
      {
        line_number: 1,
        regimen: 'AC-T',
        regimen_source: 'table',
        continuation_agents: 'anastrozole',
        intent: 'curative',
        confidence: 'medium',
        is_open_ended: true,
      },
    ]);
    // "improved" is a judgment in words, no response by criteria; the remission of the Condition has no day
    expect(
      await query(`select status_date::varchar as status_date, disease_status, status_group, criteria, evidence
        from disease_status join patients using (patient_key) where family_name = 'M' order by status_date nulls last`),
    ).toEqual([
      {
        status_date: '2018-11-01',
        disease_status: 'improved',
        status_group: 'improved',
        criteria: null,
        evidence: 'imaging',
      },
      {
        status_date: null,
        disease_status: 'remission',
        status_group: 'remission',
        criteria: null,
        evidence: null,
      },
    ]);
  });

  test('mCODE STU1: names and codes of the first edition are read', async () => {
    expect(
      await query(`select site_group, histology_group, laterality, stage_subgroup, t_category, n_category,
          m_category, is_metastatic_at_diagnosis
        from cancer_diagnoses d where exists (
          select 1 from tumor_conditions c where c.diagnosis_key = d.diagnosis_key and c.source = 'stu1')`),
    ).toEqual([
      {
        site_group: 'lung',
        histology_group: 'adenocarcinoma',
        laterality: 'left',
        stage_subgroup: 'IIIC',
        t_category: 'T3',
        n_category: 'N3',
        m_category: 'M0',
        is_metastatic_at_diagnosis: true,
      },
    ]);
    expect(
      await query(`select treatment_class, agent, intent, termination_reason from treatments where source = 'stu1'
        order by treatment_class`),
    ).toEqual([
      { treatment_class: 'radiotherapy', agent: null, intent: 'curative', termination_reason: null },
      { treatment_class: 'surgery', agent: null, intent: 'curative', termination_reason: null },
      {
        treatment_class: 'targeted therapy',
        agent: 'gefitinib',
        intent: 'curative',
        termination_reason: '182992009',
      },
    ]);
  });

  test('FHIR examples: a Medication inside the record is read; US Core examples hold no cancer treatment', async () => {
    expect(
      await query(`select agent, source_type, start_date::varchar as start_date, date_basis, record_count
        from treatments where source = 'examples' order by agent`),
    ).toEqual([
      {
        agent: 'brentuximab vedotin',
        source_type: 'dispense',
        start_date: '2015-06-26',
        date_basis: 'handed over',
        record_count: 1,
      },
      {
        agent: 'capecitabine',
        source_type: 'dispense',
        start_date: '2016-01-22',
        date_basis: 'planned',
        record_count: 1,
      },
    ]);
  });

  test('the bundles have two tumours more, and US Core has none', async () => {
    expect(
      await query(`select site_group, laterality, diagnosis_date, diagnosis_date_source, stage_subgroup, stage_type,
          t_category, n_category, m_category, is_metastatic_at_diagnosis, condition_count, has_stage_conflict
        from cancer_diagnoses d where exists (
          select 1 from tumor_conditions c where c.diagnosis_key = d.diagnosis_key and c.source in ('bundles', 'us-core'))
        order by site_group`),
    ).toEqual([
      {
        site_group: 'breast',
        laterality: null,
        diagnosis_date: '2014-12-06',
        diagnosis_date_source: 'biopsy',
        // stated as stage 2 and as stage 2A on one day: the finer of two that agree
        stage_subgroup: 'IIA',
        stage_type: 'clinical',
        t_category: 'T2',
        n_category: 'N0',
        m_category: 'M0',
        is_metastatic_at_diagnosis: false,
        condition_count: 1,
        has_stage_conflict: false,
      },
      {
        site_group: 'lung',
        laterality: null,
        diagnosis_date: '2013-05-15',
        diagnosis_date_source: 'onset',
        stage_subgroup: 'I',
        stage_type: null,
        t_category: null,
        n_category: null,
        m_category: null,
        is_metastatic_at_diagnosis: false,
        condition_count: 2,
        has_stage_conflict: false,
      },
    ]);
  });

  test('a CT that is an ImagingStudy and a Procedure is one event, and one of each kind of record is kept', async () => {
    expect(
      await query(`select body_region, contrast, is_in_imaging_study, count(*)::integer as events,
          sum(record_count)::integer as records
        from imaging_events where modality = 'CT' group by all order by events`),
    ).toEqual([
      {
        body_region: 'chest and abdomen',
        contrast: 'unknown',
        is_in_imaging_study: false,
        events: 2,
        records: 2,
      },
      { body_region: 'chest', contrast: 'no', is_in_imaging_study: true, events: 74, records: 148 },
    ]);
  });

  test('sixteen MR slices without a body part are a volume of the wrist that the study describes', async () => {
    expect(
      await query(`select body_part, body_region, body_region_source, slice_count, measured_spacing_mm, missing_slices,
          is_volume_usable, volume_reasons, contrast from imaging_series where is_in_dicom`),
    ).toEqual([
      {
        body_part: null,
        body_region: 'upper limb',
        body_region_source: 'study-description',
        slice_count: 16,
        measured_spacing_mm: 2,
        missing_slices: 0,
        is_volume_usable: true,
        volume_reasons: null,
        contrast: 'unknown',
      },
    ]);
  });

  test('suspicions are kept and make no tumour', async () => {
    expect(
      await query(`select role, read_by, diagnosis_link, count(*)::integer as conditions from tumor_conditions
        where source in ('synthea', 'bundles') and role <> 'primary' group by all order by role`),
    ).toEqual([
      { role: 'suspected', read_by: 'table', diagnosis_link: 'site', conditions: 2 },
      { role: 'uncertain', read_by: 'table', diagnosis_link: 'site', conditions: 1 },
    ]);
  });

  test('biopsies: by the named reason, otherwise by the cancer that follows; it dates the diagnosis', async () => {
    expect(
      await query(`select family_name, biopsy_date, b.site_group, b.result, result_source, has_suspicion,
          d.diagnosis_date, d.diagnosis_date_source, d.diagnosis_record_table
        from biopsy_episodes b join patients using (patient_key) join cancer_diagnoses d using (diagnosis_key)
        order by biopsy_date`),
    ).toEqual(
      [
        ['Rosenbaum794', '2003-06-14', 'prostate', 'diagnosis-after', false],
        ['Treutel973', '2011-05-19', 'lung', 'diagnosis-after', true],
        ['Rosenbaum794', '2014-12-06', 'breast', 'diagnosis-after', false],
        // ten days before the onset that the Condition gives
        ['M', '2018-03-06', 'breast', 'reason', false],
      ].map(([family_name, date, site_group, result_source, has_suspicion]) => ({
        family_name,
        biopsy_date: date,
        site_group,
        result: 'malignant',
        result_source,
        has_suspicion,
        diagnosis_date: date,
        diagnosis_date_source: 'biopsy',
        diagnosis_record_table: 'staging.procedure',
      })),
    );
  });

  test('mCODE: both stages of Jenny M are kept and flagged; T, N and M are those of the day', async () => {
    expect(
      await query(`select stage_source, context, stage_type, staging_system, edition, stage_subgroup, stage_raw,
          s.t_category, s.n_category, s.m_category, is_preferred, has_conflict
        from stage_assessments s join patients using (patient_key)
        where family_name = 'M' and item = 'group' order by stage_source`),
    ).toEqual([
      {
        stage_source: 'condition-stage',
        context: 'diagnosis',
        stage_type: 'clinical',
        staging_system: 'AJCC',
        edition: '8',
        stage_subgroup: 'IIIC',
        stage_raw: '3C',
        t_category: null,
        n_category: null,
        m_category: null,
        is_preferred: false,
        has_conflict: true,
      },
      {
        stage_source: 'observation',
        context: 'diagnosis',
        stage_type: 'clinical',
        staging_system: 'AJCC',
        edition: '8',
        stage_subgroup: 'IIB',
        stage_raw: '2B',
        t_category: 'T3',
        n_category: 'N0',
        m_category: 'M0',
        is_preferred: true,
        has_conflict: true,
      },
    ]);
  });

  test('mCODE: markers, variants and performance status as coded', async () => {
    expect(
      await query(`select family_name, analyte, scale, result, value_number, unit, is_ucum_unit, method, specimen_type,
          days_from_diagnosis
        from biomarkers join patients using (patient_key) where family_name in ('M', 'Anyperson')
        order by family_name, analyte`),
    ).toMatchObject([
      { family_name: 'Anyperson', analyte: 'EGFR protein', result: 'positive', specimen_type: 'tissue' },
      { analyte: 'ER', result: 'positive', method: 'immunohistochemistry', days_from_diagnosis: 4 },
      { analyte: 'HER2', scale: 'interpretation', result: 'negative', method: null },
      { analyte: 'Oncotype DX recurrence score', result: null, value_number: 47, unit: '{ScoreOf}' },
      { analyte: 'PR', result: 'negative', method: 'immunohistochemistry' },
    ]);
    expect(
      await query(`select gene, hgnc_id, presence, variant_code, source_class, specimen_type, days_from_diagnosis
        from variants order by gene`),
    ).toEqual([
      {
        gene: 'BRCA1',
        hgnc_id: '1100',
        presence: 'present',
        variant_code: null,
        source_class: 'germline',
        specimen_type: null,
        days_from_diagnosis: 0,
      },
      {
        gene: 'PALB2',
        hgnc_id: '26144',
        presence: 'present',
        variant_code: '128144',
        source_class: 'somatic',
        specimen_type: 'TISS',
        days_from_diagnosis: 9,
      },
      {
        gene: 'STK11',
        hgnc_id: '11389',
        presence: 'present',
        variant_code: '619728',
        source_class: 'somatic',
        specimen_type: 'TISS',
        days_from_diagnosis: 0,
      },
    ]);
    expect(
      await query(`select family_name, scale, score, score_source, has_conflict from performance_status
        join patients using (patient_key) order by family_name, scale`),
    ).toEqual([
      { family_name: 'Anyperson', scale: 'ECOG', score: 0, score_source: 'number', has_conflict: false },
      { family_name: 'Anyperson', scale: 'KPS', score: 90, score_source: 'number', has_conflict: false },
      { family_name: 'M', scale: 'ECOG', score: 0, score_source: 'number', has_conflict: false },
    ]);
  });
});

/** The member of a JSON value at a path such as `entry[3].resource`. */
function at(value: unknown, path: string): unknown {
  return (path.match(/[^.[\]]+/g) ?? []).reduce<unknown>(
    (inner, step) => (inner as Readonly<Record<string, unknown>>)[step],
    value,
  );
}
