import type { DuckDBConnection, Json } from '@duckdb/node-api';
import type { RequestHandler } from 'express';
import { holdOf } from './held-snapshot.ts';
import { answerError } from './http-error.ts';
import { callerOf } from './sign-in.ts';
import { type GroupGrants, mayGroupRead } from './sql/grants.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** More than a life holds; a page that draws more helps nobody. */
const MOST_EVENTS = 20_000;

const EVENTS = `
select event_key, event_date, end_date, event_precision, event_at, event_type, event_class, title, code, code_system, is_contact
from marts.patient_events
where patient_key = ?::uuid
order by event_date, event_at nulls first, event_type, title, event_key
limit ${MOST_EVENTS + 1}`;

const PATIENT = `
select sex, birth_year, is_deceased, deceased_date, age_at_last_contact_years, last_contact_date
from marts.patients
where patient_key = ?::uuid`;

const DIAGNOSES = `
select site_group, histology_display, histology_group, stage_group, stage_subgroup, diagnosis_date,
  age_at_diagnosis_years, first_treatment_class, days_to_first_treatment
from marts.cancer_diagnoses
where patient_key = ?::uuid
order by diagnosis_date, tumor_number`;

/** What a journey is made of: who may not read all of it sees none. */
const READ = ['patient_events', 'patients', 'cancer_diagnoses'];

/** `GET /api/journey/:patientKey`: the events of one patient in order, with the person and their tumours. */
export const answerJourney =
  (grants: GroupGrants | undefined): RequestHandler =>
  (request, response, next) => {
    const group = callerOf(request)?.group ?? '';
    const refused = READ.find((table) => !mayGroupRead(grants, group, 'marts', table));
    if (refused !== undefined) {
      answerError(response, 403, 'table-refused', `your group may not read marts.${refused}`);
      return;
    }
    const patientKey = request.params['patientKey'] ?? '';
    if (!UUID.test(patientKey)) {
      answerError(response, 400, 'patient-key-invalid', 'a patient key is a UUID');
      return;
    }
    const hold = holdOf(request);
    hold
      .query(async (connection) => ({
        events: await rowsFor(connection, EVENTS, patientKey),
        patient: (await rowsFor(connection, PATIENT, patientKey))[0] ?? null,
        diagnoses: await rowsFor(connection, DIAGNOSES, patientKey),
      }))
      .then(({ events, patient, diagnoses }) => {
        if (events.length === 0 && patient === null) {
          answerError(response, 404, 'patient-not-found', 'no patient has this key');
          return;
        }
        response.json({
          snapshot: hold.snapshot.number,
          patientKey: patientKey.toLowerCase(),
          patient,
          diagnoses,
          events: events.slice(0, MOST_EVENTS),
          isTruncated: events.length > MOST_EVENTS,
        });
      })
      .catch(next);
  };

async function rowsFor(
  connection: DuckDBConnection,
  sql: string,
  patientKey: string,
): Promise<readonly Record<string, Json>[]> {
  const reader = await connection.runAndReadAll(sql, [patientKey]);
  return reader.getRowObjectsJson();
}
