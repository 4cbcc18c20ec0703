import { element } from './dom.js';
import { formatCount } from './format.js';

/** The way of a dataset from its sources: each column holds what the next one reads; the last what reads it. */
export function drawLineage(dataset, datasets) {
  const byName = new Map(datasets.map((each) => [`${each.schema}.${each.table}`, each]));
  const name = `${dataset.schema}.${dataset.table}`;
  const layers = [];
  const seen = new Set([name]);
  for (let reads = dataset.lineage.reads; reads.length > 0; ) {
    const here = reads.filter((each) => !seen.has(each));
    for (const each of here) seen.add(each);
    if (here.length > 0) layers.unshift(here);
    reads = [...new Set(here.flatMap((each) => byName.get(each)?.lineage.reads ?? []))];
  }
  const views = [...seen]
    .map((each) => byName.get(each)?.lineage)
    .filter((each) => each?.resourceType !== undefined);
  const records = new Map(views.map(({ resourceType, sources }) => [resourceType, sources]));
  const sources = [...new Set([...records.values()].flat().map(({ source }) => source))].sort();
  const readers = datasets.filter(({ lineage }) => lineage.reads.includes(name));
  const columns = [
    sources.map((source) => stop(source, undefined, 'a source')),
    [...records].map(([type, from]) =>
      stop(
        type,
        undefined,
        from.map(({ source, records: count }) => `${source}: ${formatCount(count)}`).join(', '),
      ),
    ),
    ...layers.map((layer) => layer.map((each) => stop(each, `#${each}`, byName.get(each)?.lineage.madeBy))),
    [
      element(
        'span',
        { className: 'stop this', title: dataset.lineage.madeBy ?? 'kept by the refresh' },
        name,
      ),
    ],
    readers.map(({ schema, table }) => stop(`${schema}.${table}`, `#${schema}.${table}`, 'reads it')),
  ].filter((column) => column.length > 0);
  const drawn = element(
    'div',
    { className: 'lineage', tabIndex: 0 },
    ...columns.map((column) => element('div', {}, ...column)),
  );
  // A long way begins at the dataset itself; what it stands on is to the left.
  requestAnimationFrame(() => {
    drawn.scrollLeft = drawn.scrollWidth;
  });
  return drawn;
}

function stop(text, href, title) {
  return element(href === undefined ? 'span' : 'a', { className: 'stop', href, title }, text);
}
