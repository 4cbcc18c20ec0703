/* global d3 */
import { capitalise, formatDay, plainTerm, toDay } from './format.js';
import { isMinor } from './lanes.js';

export const BAR_STEP = 18;
const BAR_HEIGHT = 15;
const RADIUS = 6;
/** Average width of a letter of a bar's label. */
const LETTER = 6;

/** What lasts becomes a bar, in the first row where it and its label are free. */
export function placeBars(events, x) {
  const ends = [];
  return events
    .filter((event) => isLasting(event, x))
    .sort((a, b) => a.event_date.localeCompare(b.event_date))
    .map((event) => {
      const start = x(toDay(event.event_date));
      const end = x(toDay(event.end_date));
      const { text, isLabelInside } = barLabel(event, end - start, x.range()[1] - end);
      const free = ends.findIndex((taken) => taken + 4 < start);
      const row = free === -1 ? ends.length : free;
      ends[row] = isLabelInside ? end : end + text.length * LETTER + 8;
      return { event, start, end, text, isLabelInside, row };
    });
}

/** What happened where there is room for it, otherwise its kind, otherwise nothing. */
function barLabel({ title, event_class, event_type }, inside, outside) {
  const kind = capitalise(event_class ?? event_type);
  for (const text of [title === null ? kind : capitalise(plainTerm(title)), kind]) {
    const length = text.length * LETTER + 12;
    if (length < inside || length < outside) return { text, isLabelInside: length < inside };
  }
  return { text: '', isLabelInside: true };
}

/** Many small events: a line per day, taller when the day holds more. */
export function drawTicks(group, events, x, y) {
  const perDay = d3.rollups(
    events,
    (day) => day,
    (event) => event.event_date,
  );
  const most = d3.max(perDay, ([, day]) => day.length) ?? 1;
  const reach = d3.scaleSqrt([0, most], [3, 13]);
  group
    .selectAll('line')
    .data(perDay)
    .join('line')
    .attr('class', 'tick-mark')
    .attr('x1', ([date]) => x(toDay(date)))
    .attr('x2', ([date]) => x(toDay(date)))
    .attr('y1', ([, day]) => y - reach(day.length))
    .attr('y2', ([, day]) => y + reach(day.length))
    .attr('data-when', ([date]) => formatDay(date))
    .attr('data-what', ([, day]) => tickWords(day));
}

function tickWords(day) {
  const [first] = day;
  if (day.length === 1)
    return first.title === null ? capitalise(first.event_class ?? first.event_type) : plainTerm(first.title);
  return `${day.length} ${first.event_type === 'encounter' ? 'visits' : 'results'}`;
}

/** Events that count: bars for what lasts, dots for what does not; neighbours move apart. */
export function drawMarks(group, events, bars, x, y) {
  const rows = (d3.max(bars, ({ row }) => row) ?? 0) + 1;
  const top = y - (rows * BAR_STEP) / 2;
  group
    .selectAll('rect')
    .data(bars)
    .join('rect')
    .attr('class', 'span')
    .attr('rx', 4)
    .attr('x', ({ start }) => start)
    .attr('width', ({ start, end }) => end - start)
    .attr('y', ({ row }) => top + row * BAR_STEP)
    .attr('height', BAR_HEIGHT)
    .call(words, ({ event }) => event);
  group
    .selectAll('text')
    .data(bars)
    .join('text')
    .attr('class', ({ isLabelInside }) => (isLabelInside ? 'bar-label inside' : 'bar-label'))
    .attr('x', ({ start, end, isLabelInside }) => (isLabelInside ? start + 6 : end + 5))
    .attr('y', ({ row }) => top + row * BAR_STEP + BAR_HEIGHT - 4)
    .text(({ text }) => text);
  const dots = events.filter((event) => !isLasting(event, x));
  const placed = dodge(
    [...dots].sort((a, b) => Number(isMinor(a)) - Number(isMinor(b))),
    (event) => x(toDay(event.event_date)),
    (event) => (isMinor(event) ? 3.5 : RADIUS),
  );
  group
    .selectAll('circle')
    .data(placed.reverse())
    .join('circle')
    .attr('class', ({ event }) => (isMinor(event) ? 'mark minor' : 'mark'))
    .attr('r', ({ r }) => r)
    .attr('cx', ({ at }) => at)
    .attr('cy', ({ offset }) => y + offset)
    .call(words, ({ event }) => event);
}

function isLasting(event, x) {
  return event.end_date !== null && x(toDay(event.end_date)) - x(toDay(event.event_date)) > 2 * RADIUS;
}

/** Places circles on a line, each beside those that are already there, within the height of a lane. */
function dodge(events, position, radius) {
  const placed = [];
  const offsets = [0, -9, 9, -14, 14];
  for (const event of events) {
    const at = position(event);
    const r = radius(event);
    const isFree = (offset) =>
      placed.every((other) => Math.hypot(other.at - at, other.offset - offset) >= other.r + r - 1);
    placed.push({ event, at, r, offset: offsets.find(isFree) ?? 0 });
  }
  return placed;
}

function words(selection, eventOf) {
  selection
    .attr('data-when', (datum) => {
      const { event_date, end_date } = eventOf(datum);
      if (end_date === null || end_date === event_date) return formatDay(event_date);
      return `${formatDay(event_date)} – ${formatDay(end_date)}`;
    })
    .attr('data-what', (datum) => {
      const { title, event_class, event_type } = eventOf(datum);
      const kind = capitalise([event_type, event_class].filter(Boolean).join(', '));
      return title === null ? kind : `${plainTerm(title)} (${kind.toLowerCase()})`;
    });
}
