import { getJson } from './api.js';
import { byId, element, emptyNote, table } from './dom.js';
import { capitalise, daysBetween, formatCount, formatDay, formatDays, formatDistance } from './format.js';
import { laneOf } from './lanes.js';
import { openingButton } from './opening.js';
import { tellStory } from './story.js';
import { timelineOf } from './timeline.js';

const LISTED = 500;

/**
 * The journey of one patient: who, the story in milestones, the timeline, and all events as a list, which open to their
 * records for who may.
 */
export async function showJourney(patientKey, name, mayOpenRecords) {
  const title = name === undefined ? `Patient ${patientKey.slice(0, 8)}` : name;
  byId('journey-title').textContent = `The journey of ${title}`;
  byId('journey-summary').textContent = '';
  const journey = await getJson(`/api/journey/${encodeURIComponent(patientKey)}`);
  byId('journey-summary').textContent = summary(journey);
  if (journey.events.length === 0) return emptyNote('No dated event is known of this patient.');
  const story = tellStory(journey);
  return [
    ...(story.length > 1 ? [storyList(story)] : []),
    timelineOf(journey, title),
    eventList(journey, mayOpenRecords),
  ];
}

function summary({ patient, diagnoses }) {
  const words = [];
  const [diagnosis] = diagnoses;
  if (patient?.sex) words.push(capitalise(patient.sex));
  if (diagnosis?.age_at_diagnosis_years != null)
    words.push(`${diagnosis.age_at_diagnosis_years} at diagnosis`);
  else if (patient?.age_at_last_contact_years != null)
    words.push(`${patient.age_at_last_contact_years} at last contact`);
  for (const tumour of diagnoses) {
    const stage = tumour.stage_subgroup ?? tumour.stage_group;
    const histology = tumour.histology_group ?? tumour.histology_display;
    words.push(
      [`${tumour.site_group} cancer`, histology?.toLowerCase(), stage == null ? undefined : `stage ${stage}`]
        .filter(Boolean)
        .join(', '),
    );
  }
  return words.join(' · ');
}

function storyList(story) {
  return element(
    'ol',
    { className: 'story', 'aria-label': 'Milestones' },
    ...story.map((step) =>
      element(
        'li',
        { className: `lane-${step.lane}`, title: formatDay(step.date) },
        element('b', {}, step.title),
        element(
          'span',
          { className: 'when' },
          step.days === undefined ? formatDay(step.date) : formatDistance(step.days),
        ),
      ),
    ),
  );
}

function eventList({ events, diagnoses, isTruncated }, mayOpenRecords) {
  const zero = diagnoses[0]?.diagnosis_date;
  const columns = [
    { title: 'Date', className: 'date', value: (event) => formatDay(event.event_date) },
    {
      title: 'From diagnosis',
      isNumber: true,
      value: (event) => (zero == null ? '' : formatDays(daysBetween(zero, event.event_date))),
    },
    {
      title: 'Kind',
      value: (event) => capitalise([event.event_type, event.event_class].filter(Boolean).join(', ')),
    },
    { title: 'What', value: (event) => event.title ?? '' },
    ...(mayOpenRecords ? [{ title: 'Records', value: openingButton }] : []),
  ];
  const details = element(
    'details',
    {},
    element('summary', {}, `All ${formatCount(events.length)}${isTruncated ? '+' : ''} events as a list`),
  );
  details.addEventListener(
    'toggle',
    () => {
      const ordered = [...events].sort(
        (a, b) => rank(a) - rank(b) || a.event_date.localeCompare(b.event_date),
      );
      const listed = ordered.slice(0, LISTED).sort((a, b) => a.event_date.localeCompare(b.event_date));
      details.append(element('div', { className: 'scroll', tabIndex: 0 }, table('Events', columns, listed)));
      if (events.length > LISTED) {
        details.append(
          element(
            'p',
            { className: 'summary' },
            `The ${LISTED} that matter most here; all are in the journey view of Cube.`,
          ),
        );
      }
    },
    { once: true },
  );
  return details;
}

function rank(event) {
  const lane = laneOf(event);
  return lane === undefined || lane.key === 'visits' ? 2 : lane.key === 'labs' ? 1 : 0;
}
