import { drawLineage } from './catalog-lineage.js';
import { element, table } from './dom.js';
import { formatAgo, formatCount, formatMoment, formatShare } from './format.js';

/** One dataset whole: facts, lineage, columns with what stands in them, queries to begin with. */
export function describeDataset(dataset, datasets) {
  const { schema, title, description, columns, values, queries } = dataset;
  const known = new Map(values.map((each) => [each.name, each]));
  return [
    element('p', { className: 'eyebrow' }, `${schema}.${dataset.table}`),
    element('h2', {}, title),
    description === undefined ? '' : element('p', { className: 'summary' }, description),
    factList(dataset),
    element('h3', {}, 'Where it comes from'),
    drawLineage(dataset, datasets),
    element('h3', {}, 'Columns'),
    dataset.mayRead
      ? ''
      : element('p', { className: 'summary' }, 'Values are not shown: your group may not read this table.'),
    element(
      'div',
      { className: 'scroll', tabIndex: 0 },
      table(
        `Columns of ${title}`,
        [
          { title: 'Column', value: ({ name }) => element('code', {}, name) },
          { title: 'Type', className: 'type', value: ({ type }) => element('code', {}, type) },
          { title: 'Meaning', value: (column) => meaning(column, dataset) },
          {
            title: 'Values',
            className: 'values',
            value: ({ name }) => valuesOf(known.get(name), dataset.rows),
          },
        ],
        columns,
      ),
    ),
    element('h3', {}, 'To begin with'),
    ...queries.flatMap(({ title: what, sql }) => copied(what, sql)),
  ].filter((part) => part !== '');
}

function factList({ grain, owner, version, rows, bytes, publishedAt }) {
  const facts = [
    ['Grain', grain],
    ['Rows', formatCount(rows)],
    ['Size', formatBytes(bytes)],
    [
      'Published',
      element('time', { dateTime: publishedAt, title: formatMoment(publishedAt) }, formatAgo(publishedAt)),
    ],
    ['Owner', owner],
    ['Version', version],
  ].filter(([, value]) => value !== undefined);
  return element(
    'dl',
    { className: 'facts' },
    ...facts.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

function formatBytes(bytes) {
  if (bytes < 1_000_000) return `${formatCount(Math.ceil(bytes / 1000))} kB`;
  return bytes < 1e9 ? `${formatCount(Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function meaning({ name, isKey, description, unit }, { references = [] }) {
  const target = references.find(({ columns }) => columns.includes(name));
  return element(
    'span',
    {},
    isKey ? 'Key. ' : '',
    description ?? '',
    unit === undefined ? '' : element('span', { className: 'unit' }, ` [${unit}]`),
    target === undefined
      ? ''
      : element('span', {}, ' → ', element('a', { href: `#marts.${target.mart}` }, target.mart)),
  );
}

function valuesOf(values, rows) {
  if (values === undefined || rows === 0) return '';
  const { filled, distinct, least, greatest, most } = values;
  const share =
    filled === rows ? 'always there' : filled === 0 ? 'never there' : `in ${formatShare(filled / rows)}`;
  const range = least === undefined || least === null ? undefined : `${plain(least)} – ${plain(greatest)}`;
  const shown = (most ?? []).slice(0, 4);
  const bars = shown.map(({ value, rows: count }) => {
    const bar = element(
      'span',
      { className: 'share' },
      element('span', {}, plain(value)),
      element('span', {}, formatCount(count)),
    );
    bar.style.setProperty('--part', `${(100 * count) / rows}%`);
    return bar;
  });
  const more =
    shown.length > 0 && distinct > shown.length
      ? element(
          'span',
          { title: most.map(({ value }) => plain(value)).join(', ') },
          `and ${formatCount(distinct - shown.length)} more`,
        )
      : '';
  const kinds =
    most === undefined && range === undefined && filled > 0
      ? distinct === filled
        ? ', each once'
        : `, ${formatCount(distinct)} different`
      : '';
  return element('div', {}, `${share}${kinds}${range === undefined ? '' : `, ${range}`}`, ...bars, more);
}

function plain(value) {
  return typeof value === 'number' ? String(Math.round(value * 1e6) / 1e6) : String(value);
}

function copied(title, text) {
  const button = element('button', { type: 'button', className: 'quiet' }, 'Copy');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  });
  return [
    element('div', { className: 'copied' }, element('span', {}, title), button),
    element('pre', {}, element('code', {}, text)),
  ];
}
