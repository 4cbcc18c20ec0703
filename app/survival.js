/* global Plot */
import { load } from './api.js';
import { element, emptyNote } from './dom.js';
import { formatShare, treatmentName } from './format.js';

const QUERY = {
  measures: ['cohort.at_risk_1y', 'cohort.alive_1y', 'cohort.share_alive_1y'],
  dimensions: ['cohort.first_treatment_class'],
  filters: [
    { member: 'cohort.site_group', operator: 'equals', values: ['lung'] },
    { member: 'cohort.stage_group', operator: 'equals', values: ['III', 'IV'] },
  ],
  // Ties by name, tumours without treatment last: the order of the table beside it.
  order: [
    ['cohort.at_risk_1y', 'desc'],
    ['cohort.first_treatment_class', 'asc'],
  ],
};

export async function showSurvival() {
  const groups = (await load(QUERY))
    .map((row) => ({
      name: treatmentName(row['cohort.first_treatment_class']),
      atRisk: Number(row['cohort.at_risk_1y']),
      alive: Number(row['cohort.alive_1y']),
    }))
    .filter((group) => group.atRisk > 0)
    .map((group) => ({ ...group, share: group.alive / group.atRisk, ...wilson(group.alive, group.atRisk) }));
  if (groups.length === 0)
    return emptyNote('No lung cancer of stage III or IV has been followed for a year yet.');
  const words = groups
    .map((group) => `${group.name}: ${formatShare(group.share)} of ${group.atRisk}`)
    .join('; ');
  const label = `Share alive at one year by first treatment. ${words}.`;
  const stage = element('div', { role: 'img', 'aria-label': label });
  let drawnWidth = 0;
  new ResizeObserver(() => {
    if (stage.clientWidth === drawnWidth) return;
    drawnWidth = stage.clientWidth;
    stage.replaceChildren(drawChart(groups, Math.max(280, drawnWidth)));
  }).observe(stage);
  return stage;
}

function drawChart(groups, width) {
  const names = groups.map(({ name }) => name);
  const longest = Math.max(...names.map((name) => name.length));
  return Plot.plot({
    className: 'chart-plot',
    width,
    height: 66 + groups.length * 44,
    marginLeft: Math.min(width * 0.5, 22 + longest * 7.4),
    marginRight: 64,
    marginBottom: 44,
    x: {
      domain: [0, 1],
      ticks: width < 440 ? 2 : 5,
      tickFormat: '.0%',
      label: 'alive at one year',
      grid: true,
    },
    y: { domain: names, label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--line)' }),
      Plot.ruleY(groups, {
        y: 'name',
        x1: 'low',
        x2: 'high',
        stroke: 'var(--accent)',
        strokeWidth: 3,
        strokeOpacity: 0.35,
      }),
      Plot.dot(groups, {
        y: 'name',
        x: 'share',
        r: 6,
        fill: 'var(--accent)',
        stroke: 'var(--card)',
        strokeWidth: 1.5,
      }),
      Plot.text(groups, {
        y: 'name',
        x: 'share',
        text: (group) => formatShare(group.share),
        dy: -15,
        fill: 'var(--ink)',
        fontWeight: 600,
      }),
      Plot.text(groups, {
        y: 'name',
        frameAnchor: 'right',
        dx: 52,
        textAnchor: 'end',
        text: (group) => `n ${group.atRisk}`,
        fill: 'var(--soft)',
      }),
    ],
  });
}

/** The 95 % score interval of a share (Wilson 1927), which behaves for small groups. */
function wilson(successes, total) {
  const z = 1.959964;
  const share = successes / total;
  const middle = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  const scale = 1 + (z * z) / total;
  return { low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}
