/* global d3 */
import { element } from './dom.js';
import { formatCount, formatDay, toDay } from './format.js';
import { LANES, laneOf } from './lanes.js';
import { BAR_STEP, drawMarks, drawTicks, placeBars } from './timeline-marks.js';

const DAY = 86_400_000;
const LANE_HEIGHT = 40;
const TOP = 26;

/** The timeline of a journey, around the cancer or over the whole record, redrawn when its width changes. */
export function timelineOf(journey, title) {
  const shown = journey.events.filter((event) => laneOf(event) !== undefined);
  const windows = windowsOf(journey, shown);
  const stage = element('div', { className: 'timeline' });
  const tools = element('div', { className: 'timeline-tools' });
  let chosen = windows[0];
  const draw = () => {
    const width = Math.max(300, Math.round(stage.clientWidth));
    stage.replaceChildren(drawTimeline({ journey, shown, title, width, ...chosen }));
    attachTip(stage);
  };
  for (const window of windows.length > 1 ? windows : []) {
    const button = element('button', { type: 'button', className: 'quiet' }, window.name);
    button.addEventListener('click', () => {
      chosen = window;
      mark();
      draw();
    });
    tools.append(button);
  }
  const note = element('span', {});
  tools.append(note);
  const mark = () => {
    tools.querySelectorAll('button').forEach((button, index) => {
      button.setAttribute('aria-pressed', String(windows[index] === chosen));
    });
    const outside = shown.filter(
      (event) => toDay(event.event_date) < chosen.from || toDay(event.event_date) > chosen.to,
    );
    note.textContent =
      outside.length === 0 ? '' : `${formatCount(outside.length)} earlier or later events not shown`;
  };
  mark();
  let drawnWidth = 0;
  new ResizeObserver(() => {
    if (stage.clientWidth === drawnWidth) return;
    drawnWidth = stage.clientWidth;
    draw();
  }).observe(stage);
  return element('div', {}, tools, stage);
}

function windowsOf({ diagnoses, patient }, shown) {
  const days = shown.map((event) => toDay(event.event_date));
  const first = d3.min(days);
  const last = d3.max([
    ...days,
    ...ends(shown),
    ...(patient?.last_contact_date ? [toDay(patient.last_contact_date)] : []),
  ]);
  const whole = padded('Whole record', first, last);
  const dates = diagnoses.map((diagnosis) => diagnosis.diagnosis_date).filter(Boolean);
  if (dates.length === 0) return [whole];
  const zero = toDay(dates[0]);
  const workup = days.filter((day) => zero - day >= 0 && zero - day <= 180 * DAY);
  const around = padded('Around the cancer', d3.min([zero, ...workup]), last);
  return around.from - first > 60 * DAY ? [around, whole] : [whole];
}

function ends(events) {
  return events
    .map((event) => event.end_date)
    .filter(Boolean)
    .map(toDay);
}

function padded(name, from, to) {
  const pad = Math.max(10 * DAY, (to - from) * 0.03);
  return { name, from: new Date(+from - pad), to: new Date(+to + pad) };
}

function drawTimeline({ journey, shown, title, width, from, to }) {
  const isNarrow = width < 560;
  const left = isNarrow ? 4 : 96;
  const right = 12;
  const x = d3.scaleUtc([from, to], [left + 8, width - right]);
  const inside = shown.filter(
    (event) => toDay(event.end_date ?? event.event_date) >= from && toDay(event.event_date) <= to,
  );
  const lanes = placeLanes(inside, shown, x, isNarrow);
  const bottom = lanes.at(-1).bottom;
  const height = bottom + 30;
  const svg = d3
    .create('svg')
    .attr('viewBox', [0, 0, width, height])
    .attr('role', 'img')
    .attr('aria-label', description(title, shown));

  drawAxis(svg, x, height, isNarrow);
  const groups = svg
    .append('g')
    .selectAll('g')
    .data(lanes)
    .join('g')
    .attr('class', ({ lane }) => `lane-${lane.key}`);
  groups
    .append('line')
    .attr('class', 'lane-line')
    .attr('x1', left)
    .attr('x2', width - right)
    .attr('y1', ({ middle }) => middle)
    .attr('y2', ({ middle }) => middle);
  drawDayZero(svg, journey, x, width, bottom);
  groups
    .append('text')
    .attr('class', 'lane-name')
    .attr('x', isNarrow ? left : 0)
    .attr('y', ({ top, middle }) => (isNarrow ? top + 12 : middle + 4))
    .text(({ lane }) => lane.name);
  for (const { lane, middle, events, bars } of lanes) {
    const group = svg.append('g').attr('class', `lane-${lane.key}`);
    if (lane.isDense) drawTicks(group, events, x, middle);
    else drawMarks(group, events, bars, x, middle);
  }
  drawEnd(svg, journey, lanes.at(-1).middle, x);
  return svg.node();
}

/** Lanes with something in them, each as high as its bars need. */
function placeLanes(inside, shown, x, isNarrow) {
  const label = isNarrow ? 18 : 0;
  let top = TOP;
  return LANES.filter((lane) => lane.key === 'outcome' || shown.some((event) => laneOf(event) === lane)).map(
    (lane) => {
      const events = inside.filter((event) => laneOf(event) === lane);
      const bars = lane.isDense ? [] : placeBars(events, x);
      const rows = (d3.max(bars, ({ row }) => row) ?? -1) + 1;
      const height = Math.max(LANE_HEIGHT, rows * BAR_STEP + 14);
      const placed = {
        lane,
        events,
        bars,
        top,
        middle: top + label + height / 2,
        bottom: top + label + height,
      };
      top = placed.bottom;
      return placed;
    },
  );
}

function drawDayZero(svg, { diagnoses }, x, width, bottom) {
  for (const { diagnosis_date } of diagnoses) {
    if (diagnosis_date === null) continue;
    const at = x(toDay(diagnosis_date));
    if (at < x.range()[0] || at > x.range()[1]) continue;
    svg
      .append('line')
      .attr('class', 'day-zero')
      .attr('x1', at)
      .attr('x2', at)
      .attr('y1', TOP - 8)
      .attr('y2', bottom);
    svg
      .append('text')
      .attr('x', at)
      .attr('y', TOP - 12)
      .attr('text-anchor', anchorAt(at, width))
      .text('diagnosis');
  }
}

function anchorAt(at, width) {
  return at < 40 ? 'start' : at > width - 40 ? 'end' : 'middle';
}

function drawAxis(svg, x, height, isNarrow) {
  const axis = d3
    .axisBottom(x)
    .ticks(isNarrow ? 4 : 9)
    .tickSizeOuter(0);
  svg
    .append('g')
    .attr('class', 'axis')
    .attr('transform', `translate(0,${height - 24})`)
    .call(axis);
}

function drawEnd(svg, { events, patient }, y, x) {
  const death = events.find((event) => event.event_type === 'death');
  const date = death?.event_date ?? patient?.last_contact_date;
  if (date == null) return;
  const at = x(toDay(date));
  svg
    .append('line')
    .attr('class', 'end-line')
    .attr('x1', at)
    .attr('x2', at)
    .attr('y1', y - 9)
    .attr('y2', y + 9);
  svg
    .append('text')
    .attr('x', at - 10)
    .attr('y', y + 4)
    .attr('text-anchor', 'end')
    .text(death === undefined ? `last contact ${formatDay(date)}` : `died ${formatDay(date)}`);
}

function description(title, shown) {
  const counts = LANES.map((lane) => [lane.name, shown.filter((event) => laneOf(event) === lane).length])
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name.toLowerCase()} ${count}`);
  return `Timeline of ${title}. Events: ${counts.join(', ')}. All are in the list below.`;
}

function attachTip(stage) {
  const tip = element('div', { className: 'tip', hidden: true });
  stage.append(tip);
  stage.onpointermove = (event) => {
    const mark = event.target.closest('[data-what]');
    tip.hidden = mark === null;
    if (mark === null) return;
    tip.replaceChildren(mark.dataset.what, element('div', { className: 'when' }, mark.dataset.when));
    const box = stage.getBoundingClientRect();
    const at = event.clientX - box.left;
    tip.style.left = `${Math.min(Math.max(0, at - 40), Math.max(0, box.width - 270))}px`;
    tip.style.top = `${event.clientY - box.top + 18}px`;
  };
  stage.onpointerleave = () => {
    tip.hidden = true;
  };
}
