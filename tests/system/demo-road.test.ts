import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { parseConfig } from '../../cli/config.ts';
import { demoConfig } from '../../demo/config.ts';
import { generateDemo } from '../../demo/generate.ts';
import { planPatient } from '../../demo/plan/plan-patient.ts';
import type { DemoSummary } from '../../demo/summary.ts';
import type { Opening } from '../../etl/opening/open-records.ts';
import { type RunningServer, startServer } from '../../serve/http-server.ts';
import { signToken } from '../../serve/token.ts';
import { refreshOnce, withSnapshot } from '../support/refresh.ts';
import { tableContents } from '../support/table-contents.ts';
import { plannedTreatment } from './planned-treatment.ts';

const SECRET = 's'.repeat(32);
const directory = mkdtempSync(join(tmpdir(), 'chiasm-demo-'));
const config = parseConfig(demoConfig('.'), join(directory, 'chiasm.yaml'));
const question = JSON.parse(readFileSync(join(packageRoot, 'app/question.json'), 'utf8')) as {
  query: unknown;
};
let truth: DemoSummary;
let server: RunningServer;
let isAuditWritten = true;
const audit: string[] = [];

beforeAll(async () => {
  truth = await generateDemo({ directory, patients: 120, seed: 42, images: 'files' });
  expect(await refreshOnce(directory, config.sources)).toMatchObject({ status: 'published' });
  server = await startServer({
    warehouse: config.directories.warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: (line) => {
      if (isAuditWritten) audit.push(line);
      return isAuditWritten;
    },
    records: { groups: ['tumour-board'], directories: config.directories },
  });
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const QUESTION_SQL = `
  select coalesce(d.first_treatment_class, 'none') as first_treatment_class,
    count(distinct d.patient_key)::integer as patients,
    count(*) filter (o.is_at_risk_1y)::integer as at_risk,
    count(*) filter (o.is_at_risk_1y and o.is_alive_1y)::integer as alive
  from marts.cancer_diagnoses d
  join marts.outcomes o using (diagnosis_key)
  where d.site_group = 'lung' and d.stage_group in ('III', 'IV') and exists (
    select 1
    from marts.imaging_series s
    join marts.imaging_studies t using (study_key)
    where s.patient_key = d.patient_key and s.modality = 'CT' and s.body_region = 'chest'
      and s.slice_thickness_mm <= 2.5
      and d.diagnosis_date - coalesce(s.series_date, t.study_date) between 0 and 60
  )
  group by 1 order by 1`;

test('the documented question: REST, hand-written SQL over the Parquet and the generator’s own model agree', async () => {
  const response = await fetch(`${server.url}/cubejs-api/v1/load`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${signToken({ subject: 'test', group: 'analysts', secret: SECRET, expiresIn: '1h' })}`,
    },
    body: JSON.stringify({ query: question.query }),
  });
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as { data: Record<string, string | null>[] };
  const rest = data
    .map((row) => ({
      first_treatment_class: row['cohort.first_treatment_class'] ?? 'none',
      patients: Number(row['cohort.patients']),
      at_risk: Number(row['cohort.at_risk_1y']),
      alive: Math.round(Number(row['cohort.share_alive_1y']) * Number(row['cohort.at_risk_1y'])),
    }))
    .sort((a, b) => (a.first_treatment_class < b.first_treatment_class ? -1 : 1));
  const model = Object.entries(truth.question)
    .map(([first_treatment_class, row]) => ({
      first_treatment_class,
      patients: row.patients,
      at_risk: row.atRiskOneYear,
      alive: row.aliveAtOneYear,
    }))
    .sort((a, b) => (a.first_treatment_class < b.first_treatment_class ? -1 : 1));
  const sql = await withSnapshot(directory, (query) => query(QUESTION_SQL));
  expect(sql).toEqual(rest);
  expect(sql).toEqual(model);
  expect(sql.filter((row) => Number(row['patients']) >= 3).length).toBeGreaterThanOrEqual(3);
});

test('studies are linked as the generator made them linkable, and never otherwise', async () => {
  await withSnapshot(directory, async (query) => {
    const rows = await query(
      'select status, count(*)::integer as n from staging.imaging_link group by status',
    );
    const { links } = truth.dicom;
    expect(Object.fromEntries(rows.map((row) => [row['status'], row['n']]))).toEqual({
      linked: links.issuer + links.accession + links['study-uid'] + links.conflict,
      candidate: links.none,
      unlinked: links['unknown-patient'],
    });
  });
});

test('one tumour per cancer patient, one row per person, and what was broken is counted', async () => {
  await withSnapshot(directory, async (query) => {
    const [row] = await query(`
      select (select count(*) from marts.cancer_diagnoses)::integer as tumours,
        (select count(distinct patient_key) from marts.cancer_diagnoses)::integer as with_cancer,
        (select count(*) from marts.patients where is_deceased)::integer as deceased,
        (select count(*) from staging.patient)::integer as patient_records,
        (select sum(records) from staging.quarantine_count)::integer as quarantined`);
    expect(row).toEqual({
      tumours: truth.journeys.cancer,
      with_cancer: truth.journeys.cancer,
      deceased: truth.deaths,
      patient_records: truth.resources['Patient'],
      quarantined: truth.mess.brokenLines + truth.mess.notDicomFiles,
    });
  });
});

test('treatments, doses and lines are those of the generator’s own plans', async () => {
  const plans = Array.from({ length: 120 }, (_, index) => plannedTreatment(planPatient(42, index)));
  await withSnapshot(directory, async (query) => {
    const lines = await query(`
      select concat_ws('|', line_number, days_from_diagnosis, agents, coalesce(cycle_count::varchar, '-')) as line
      from marts.treatment_lines`);
    expect(lines.map((row) => String(row['line'])).sort()).toEqual(
      plans.flatMap((plan) => plan.lines).sort(),
    );
    const volumes = await query('select dose_gy from marts.radiotherapy_volumes');
    expect(volumes.map((row) => Number(row['dose_gy'])).sort()).toEqual(
      plans.flatMap((plan) => plan.doses).sort(),
    );
    const [totals] = await query(`
      select count(*) filter (treatment_class = 'surgery')::integer as operations,
        sum(administration_count)::integer as administrations
      from marts.treatments`);
    expect(totals).toEqual({
      operations: plans.reduce((sum, plan) => sum + plan.operations, 0),
      administrations: plans.reduce((sum, plan) => sum + plan.administrations, 0),
    });
    // Mary: carboplatin and paclitaxel with radiotherapy, then durvalumab by plan, 27 days after the biopsy that dates the diagnosis
    const mary = plans[0]?.lines ?? [];
    expect(mary).toEqual([expect.stringMatching(/^1\|27\|carboplatin \+ durvalumab \+ paclitaxel\|/)]);
  });
});

test('a row opens to the lines of its records for a group that may, and to nobody else', async () => {
  const [event] = await withSnapshot(directory, (query) =>
    query(
      `select event_key from marts.patient_events where event_type = 'treatment line' order by event_key limit 1`,
    ),
  );
  const address = `/api/open/patient_events/${event?.['event_key']}?source=1`;
  const ask = async (
    path: string,
    group: string,
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const token = signToken({ subject: 'ann', group, secret: SECRET, expiresIn: '1h' });
    const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  audit.length = 0;
  expect(await ask(address, 'analysts')).toMatchObject({ status: 403, body: { code: 'records-closed' } });
  await expect
    .poll(() => audit.map((line) => JSON.parse(line)))
    .toContainEqual(
      expect.objectContaining({
        event: 'refused',
        code: 'records-closed',
        subject: 'ann',
        what: 'GET /api/open',
      }),
    );
  const { status, body } = await ask(address, 'tumour-board');
  expect(status).toBe(200);
  const { records } = body as unknown as Opening;
  expect(records.length).toBeGreaterThan(1);
  for (const { origin, text } of records) {
    const lines = readFileSync(join(directory, 'fhir', origin.path), 'utf8').split('\n');
    expect(lines[(origin.line ?? 0) - 1]).toBe(text);
  }
  const told = audit.map((line) => JSON.parse(line)).find((line) => line.event === 'records-opened');
  expect(told).toMatchObject({
    subject: 'ann',
    group: 'tumour-board',
    mart: 'patient_events',
    lines: records.length,
  });
  for (const { id } of records) expect(audit.join()).not.toContain(id);
  const without = (await ask(address.replace('?source=1', ''), 'tumour-board')).body as unknown as Opening;
  expect(without.records.map(({ text }) => text)).toEqual(records.map(() => undefined));
  expect(await ask(address.replace(/_events.*/, '_events/1'), 'tumour-board')).toMatchObject({
    status: 404,
    body: { code: 'row-not-found' },
  });
  isAuditWritten = false;
  expect(await ask(address, 'tumour-board')).toMatchObject({ status: 503, body: { code: 'audit-failed' } });
  isAuditWritten = true;
});

test('a full rebuild gives the same rows in every table', async () => {
  const before = await tableContents(directory);
  expect(Object.keys(before).length).toBeGreaterThan(40);
  expect(await refreshOnce(directory, config.sources, { full: true })).toMatchObject({ status: 'published' });
  expect(await tableContents(directory)).toEqual(before);
});
