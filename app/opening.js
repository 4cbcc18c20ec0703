import { getJson } from './api.js';
import { element } from './dom.js';
import { formatMoment } from './format.js';

/** A button that opens an event to the rows and records it came from. */
export function openingButton(event) {
  const what = event.title ?? event.event_type;
  const button = element(
    'button',
    { type: 'button', className: 'quiet', 'aria-label': `Open the records of ${what}` },
    'Open',
  );
  button.addEventListener('click', () => showOpening(event.event_key, what));
  return button;
}

async function showOpening(eventKey, what) {
  const body = element('div', { className: 'body' }, element('p', { className: 'waiting' }, 'Opening…'));
  const close = element('button', { type: 'button', className: 'quiet' }, 'Close');
  const dialog = element(
    'dialog',
    { className: 'opening', 'aria-label': `What ${what} came from` },
    element('div', { className: 'card-head' }, element('h2', {}, what), close),
    body,
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  try {
    const opening = await getJson(`/api/open/patient_events/${encodeURIComponent(eventKey)}?source=1`);
    body.replaceChildren(...opening.rows.map(rowDetails), ...opening.records.map(recordDetails));
    if (opening.isTruncated) body.append(element('p', { className: 'summary' }, 'There are more.'));
  } catch (error) {
    body.replaceChildren(element('p', { className: 'problem', role: 'alert' }, error.message));
  }
}

function rowDetails({ table, row }) {
  const filled = Object.entries(row).filter(([, value]) => value !== null);
  return element(
    'details',
    {},
    element('summary', {}, table),
    element(
      'dl',
      {},
      ...filled.flatMap(([name, value]) => [
        element('dt', {}, name),
        element('dd', {}, typeof value === 'string' ? value : JSON.stringify(value)),
      ]),
    ),
  );
}

function recordDetails({ source, type, id, run, landedAt, origin, text }) {
  const place = [
    origin.path,
    origin.line === undefined ? undefined : `line ${origin.line}`,
    origin.element,
  ].filter(Boolean);
  return element(
    'details',
    { open: true },
    element('summary', {}, `${type}/${id}`),
    element(
      'p',
      { className: 'summary' },
      `Source ${source}: ${place.join(', ')}; landed in run ${run}, ${formatMoment(landedAt)}`,
    ),
    element('pre', { tabIndex: 0 }, text),
  );
}
