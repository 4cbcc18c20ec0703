import { getJson, load, loadAddress } from './api.js';
import { element, emptyNote, table } from './dom.js';
import { formatCount, formatShare, treatmentName } from './format.js';

const COLUMNS = [
  {
    title: 'First treatment',
    value: (row) => treatmentName(row['cohort.first_treatment_class']),
  },
  { title: 'Patients', isNumber: true, value: (row) => formatCount(row['cohort.patients']) },
  { title: 'At risk', isNumber: true, value: (row) => formatCount(row['cohort.at_risk_1y']) },
  { title: 'Alive at 1 year', isNumber: true, value: (row) => formatShare(row['cohort.share_alive_1y']) },
];

/** The documented question: in words, answered, and as the REST request that anybody can send. */
export async function showQuestion(words) {
  const question = await getJson('/app/question.json');
  words.textContent = question.text;
  const rows = await load(question.query);
  const answer =
    rows.length === 0
      ? emptyNote('Nobody in this snapshot meets all of these conditions.')
      : table('Answer to the question', COLUMNS, rows);
  return [answer, request(question.query)];
}

function request(query) {
  const curl = `curl -H "Authorization: Bearer $TOKEN" \\\n  '${location.origin}${loadAddress(query)}'`;
  return element(
    'details',
    {},
    element('summary', {}, 'The REST query'),
    element('pre', { tabIndex: 0 }, element('code', {}, JSON.stringify(query, null, 2))),
    element('pre', { tabIndex: 0 }, element('code', {}, curl)),
  );
}
