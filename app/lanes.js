/** The lanes of a journey, top to bottom. A dense lane draws a line per day, the others a mark per event. */
export const LANES = [
  { key: 'imaging', name: 'Imaging' },
  { key: 'pathology', name: 'Pathology' },
  { key: 'diagnosis', name: 'Diagnosis' },
  { key: 'treatment', name: 'Treatment' },
  { key: 'labs', name: 'Labs', isDense: true },
  { key: 'visits', name: 'Visits', isDense: true },
  { key: 'outcome', name: 'Outcome' },
];

const FLUID = /\b(blood|serum|plasma|urine|saliva|stool)\b/i;

/** The lane of an event; undefined for kinds that the timeline leaves to the list. */
export function laneOf(event) {
  const key = laneKeyOf(event);
  return LANES.find((lane) => lane.key === key);
}

function laneKeyOf(event) {
  switch (event.event_type) {
    case 'imaging':
      // A slide is an event of its own.
      return event.event_class === 'SM' ? 'pathology' : 'imaging';
    case 'pathology slide':
      return 'pathology';
    case 'specimen':
      return FLUID.test(event.title ?? '') ? undefined : 'pathology';
    case 'diagnosis':
      return 'diagnosis';
    case 'condition':
      return event.event_class === 'other' ? undefined : 'diagnosis';
    case 'treatment':
      return 'treatment';
    case 'procedure':
      // Operations on the tumour are treatments already.
      return isBiopsy(event) ? 'pathology' : undefined;
    case 'lab result':
      return 'labs';
    case 'encounter':
      return 'visits';
    case 'death':
      return 'outcome';
    default:
      return undefined;
  }
}

/** Events that set the scene rather than carry the story: drawn small. */
export function isMinor(event) {
  const isSlideStudy = event.event_type === 'imaging' && event.event_class === 'SM';
  return isSlideStudy || ['condition', 'procedure', 'specimen'].includes(event.event_type);
}

export function isBiopsy(event) {
  return event.event_type === 'procedure' && /biops/i.test(event.title ?? '');
}
