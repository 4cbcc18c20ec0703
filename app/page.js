import { getJson, load } from './api.js';
import { showDatasets } from './datasets.js';
import { byId, element, fill } from './dom.js';
import { showFreshness } from './freshness.js';
import { showJourney } from './journey.js';
import { showQuestion } from './question.js';
import { enter } from './session.js';
import { showSurvival } from './survival.js';

enter((session) => {
  openWarehouse();
  window.addEventListener('snapshot-retired', openWarehouse);
  openJourney(session);
});

/** What is of the snapshot as a whole; asked again when the page moves to a newer one. */
function openWarehouse() {
  const catalog = getJson('/catalog');
  showFreshness(catalog);
  let first = catalog;
  const askAgain = () => {
    const asked = first ?? getJson('/catalog');
    first = undefined;
    return asked;
  };
  fill(byId('datasets-body'), async () => showDatasets(await askAgain()), 'Loading the catalog…');
  fill(byId('survival-body'), () => showSurvival(), 'Asking Cube…');
  fill(byId('question-body'), () => showQuestion(byId('question-text')), 'Asking Cube…');
}

async function openJourney(session) {
  const input = byId('patient-key');
  const body = byId('journey-body');
  let shown;
  const show = (patientKey) => {
    shown = patientKey;
    input.value = patientKey;
    const name = session.isDemo && patientKey === session.demoPatientKey ? 'Mary' : undefined;
    fill(body, () => showJourney(patientKey, name, session.mayOpenRecords), 'Loading the journey…');
  };
  window.addEventListener('snapshot-retired', () => {
    if (shown !== undefined) show(shown);
  });
  byId('patient-form').addEventListener('submit', (event) => {
    event.preventDefault();
    show(input.value.trim().toLowerCase());
  });
  if (session.demoPatientKey !== undefined) show(session.demoPatientKey);
  const keys = await patientKeys().catch((error) => error);
  if (keys instanceof Error) {
    if (session.demoPatientKey === undefined) fill(body, () => Promise.reject(keys));
    return;
  }
  byId('patient-keys').replaceChildren(...keys.map((value) => element('option', { value })));
  if (session.demoPatientKey !== undefined) return;
  if (keys[0] !== undefined) show(keys[0]);
  else fill(body, async () => element('p', { className: 'summary' }, 'There is no patient with events yet.'));
}

/** Patients to begin with: those with the most imaging around a cancer, then those with the most events. */
async function patientKeys() {
  const imaged = await load({
    measures: ['cohort.studies'],
    dimensions: ['cohort.patient_key'],
    filters: [{ member: 'cohort.studies', operator: 'gt', values: ['0'] }],
    order: { 'cohort.studies': 'desc', 'cohort.patient_key': 'asc' },
    limit: 25,
  });
  if (imaged.length > 0) return imaged.map((row) => row['cohort.patient_key']);
  const busy = await load({
    measures: ['journey.events'],
    dimensions: ['journey.patient_key'],
    order: { 'journey.events': 'desc', 'journey.patient_key': 'asc' },
    limit: 25,
  });
  return busy.map((row) => row['journey.patient_key']);
}
