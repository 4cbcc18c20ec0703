import { element, emptyNote, table } from './dom.js';
import { formatAgo, formatCount, formatMoment } from './format.js';

/** The datasets of a catalog: marts first, the staging tables behind one more step. */
export function showDatasets({ datasets, publishedAt, snapshot, profile }) {
  if (datasets.length === 0) return emptyNote('The snapshot holds no table.');
  const marts = datasets.filter(({ schema }) => schema === 'marts');
  const others = datasets.filter(({ schema }) => schema !== 'marts');
  const note = element(
    'p',
    { className: 'summary' },
    `Open one to see its columns. Snapshot ${snapshot}, privacy profile ${profile}, published ${formatAgo(publishedAt)} (${formatMoment(publishedAt)}).`,
  );
  const parts = [note, element('div', { className: 'body' }, ...marts.map(datasetRow))];
  if (others.length > 0) {
    parts.push(
      element(
        'details',
        {},
        element('summary', {}, `${others.length} staging tables, one row per record or finer`),
        element('div', {}, ...others.map(datasetRow)),
      ),
    );
  }
  return parts;
}

function datasetRow(dataset) {
  const row = element(
    'summary',
    { className: 'dataset-row' },
    element(
      'span',
      {},
      dataset.title,
      dataset.grain === undefined ? undefined : element('span', { className: 'grain' }, dataset.grain),
    ),
    element('span', { className: 'name' }, `${dataset.schema}.${dataset.table}`),
    figure(dataset.rows, 'row', ''),
    figure(dataset.columns.length, 'column', 'columns'),
  );
  const details = element('details', { className: 'dataset' }, row);
  // Columns are written when first asked for: a thousand table rows are slow to lay out.
  details.addEventListener('toggle', () => details.append(datasetColumns(dataset)), { once: true });
  return details;
}

function figure(count, noun, className) {
  return element(
    'span',
    { className: `figure ${className}` },
    formatCount(count),
    element('small', {}, ` ${noun}${count === 1 ? '' : 's'}`),
  );
}

function datasetColumns(dataset) {
  const columns = [
    { title: 'Column', value: (column) => element('code', {}, column.name) },
    { title: 'Type', className: 'type', value: (column) => element('code', {}, column.type) },
    { title: 'Meaning', value: meaning },
  ];
  return element(
    'div',
    { className: 'inside columns-table' },
    dataset.description === undefined ? undefined : element('p', {}, dataset.description),
    element(
      'div',
      { className: 'scroll', tabIndex: 0 },
      table(`Columns of ${dataset.title}`, columns, dataset.columns),
    ),
  );
}

function meaning(column) {
  return element(
    'span',
    {},
    column.isKey ? 'Key. ' : '',
    column.description ?? '',
    column.unit === undefined ? '' : element('span', { className: 'unit' }, ` [${column.unit}]`),
  );
}
