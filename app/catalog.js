import { getJson } from './api.js';
import { describeDataset } from './catalog-dataset.js';
import { byId, element, fill } from './dom.js';
import { formatCount } from './format.js';
import { showFreshness } from './freshness.js';
import { enter } from './session.js';

let datasets = [];

enter(() => {
  open();
  window.addEventListener('snapshot-retired', open);
  window.addEventListener('hashchange', showDataset);
  byId('search').addEventListener('input', showShelf);
});

function open() {
  const catalog = getJson('/catalog');
  showFreshness(catalog);
  fill(
    byId('shelf'),
    async () => {
      ({ datasets } = await catalog);
      showDataset();
      return shelf();
    },
    'Loading the catalog…',
  );
}

const nameOf = ({ schema, table }) => `${schema}.${table}`;

function showShelf() {
  byId('shelf').replaceChildren(...shelf());
}

/** The datasets in which all words of the search occur, marts first. */
function shelf() {
  const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = datasets.filter((dataset) => words.every((word) => textOf(dataset).includes(word)));
  byId('found').textContent =
    words.length === 0 ? `${datasets.length} datasets` : `${found.length} of ${datasets.length} datasets`;
  const current = wanted()?.table;
  return [
    ['marts', 'Marts'],
    ['staging', 'Staging: one row per record or finer'],
  ].flatMap(([schema, title]) => {
    const here = found.filter((dataset) => dataset.schema === schema);
    if (here.length === 0) return [];
    const entry = (dataset) =>
      element(
        'li',
        {},
        element(
          'a',
          { href: `#${nameOf(dataset)}`, 'aria-current': dataset.table === current ? 'page' : undefined },
          element('span', {}, dataset.title),
          element('small', {}, formatCount(dataset.rows)),
        ),
      );
    return [element('h3', {}, title), element('ul', {}, ...here.map(entry))];
  });
}

const texts = new WeakMap();

function textOf(dataset) {
  if (!texts.has(dataset)) {
    const { title, description, grain, owner, columns } = dataset;
    const said = columns.flatMap(({ name, description: meaning, unit }) => [name, meaning, unit]);
    texts.set(dataset, [nameOf(dataset), title, description, grain, owner, ...said].join('\n').toLowerCase());
  }
  return texts.get(dataset);
}

function wanted() {
  const name = decodeURIComponent(location.hash.slice(1));
  return datasets.find((dataset) => nameOf(dataset) === name) ?? datasets[0];
}

function showDataset() {
  showShelf();
  const dataset = wanted();
  const body = byId('dataset');
  if (dataset === undefined) body.replaceChildren();
  else
    fill(
      body,
      async () => describeDataset(await getJson(`/catalog/${dataset.schema}/${dataset.table}`), datasets),
      `Looking at ${nameOf(dataset)}…`,
    );
}
