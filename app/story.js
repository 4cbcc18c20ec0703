import { capitalise, daysBetween } from './format.js';
import { isBiopsy, laneOf } from './lanes.js';

const WORKUP_DAYS = 180;
const MODALITIES = {
  CT: 'CT',
  MR: 'MRI',
  PT: 'PET',
  US: 'Ultrasound',
  MG: 'Mammography',
  DX: 'X-ray',
  CR: 'X-ray',
  NM: 'Nuclear scan',
};

/**
 * The milestones around the first tumour, in order: the image that came before it, tissue, diagnosis, each class
 * of treatment when it first begins, and what is known last.
 */
export function tellStory({ events, diagnoses, patient }) {
  const [diagnosis] = diagnoses;
  const zero = diagnosis?.diagnosis_date;
  if (zero == null) return [];
  const step = (lane, title, date) => ({ lane, title, date, days: daysBetween(zero, date) });
  const between = (kind, from, to) =>
    events.filter((event) => {
      const days = daysBetween(zero, event.event_date);
      return event.event_type === kind && days >= from && days <= to;
    });
  const steps = [];
  const isSlide = (event) => event.event_class === 'SM';
  const image = between('imaging', -WORKUP_DAYS, 0).find((event) => !isSlide(event));
  if (image !== undefined) steps.push(step('imaging', imageName(image), image.event_date));
  const biopsy =
    between('procedure', -WORKUP_DAYS, 30).find(isBiopsy) ??
    between('specimen', -WORKUP_DAYS, 30).find((event) => laneOf(event)?.key === 'pathology');
  if (biopsy !== undefined) steps.push(step('pathology', 'Biopsy', biopsy.event_date));
  const [slide] = between('pathology slide', -WORKUP_DAYS, 60);
  if (slide !== undefined) steps.push(step('pathology', 'Pathology slide', slide.event_date));
  const stage = diagnosis.stage_subgroup ?? diagnosis.stage_group;
  steps.push(step('diagnosis', stage == null ? 'Diagnosis' : `Diagnosis, stage ${stage}`, zero));
  const begun = new Set();
  for (const event of events) {
    if (event.event_type !== 'treatment' || begun.has(event.event_class)) continue;
    if (daysBetween(zero, event.event_date) < -30) continue;
    begun.add(event.event_class);
    steps.push(step('treatment', capitalise(event.event_class ?? 'treatment'), event.event_date));
  }
  const followUp = events.filter(
    (event) => event.event_type === 'imaging' && !isSlide(event) && daysBetween(zero, event.event_date) > 60,
  );
  const latest = followUp.at(-1);
  if (latest !== undefined) steps.push(step('imaging', `Latest ${imageName(latest)}`, latest.event_date));
  const death = events.find((event) => event.event_type === 'death');
  if (death !== undefined) steps.push(step('outcome', 'Death', death.event_date));
  else if (patient?.last_contact_date != null)
    steps.push(step('outcome', 'Last contact', patient.last_contact_date));
  return steps.sort((a, b) => a.days - b.days);
}

function imageName(event) {
  return MODALITIES[event.event_class] ?? event.event_class ?? 'Imaging';
}
