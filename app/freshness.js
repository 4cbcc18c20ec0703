import { byId, element } from './dom.js';
import { formatAgo, formatMoment } from './format.js';

/** Says in the masthead which snapshot is read and how old it is, once the catalog is known. */
export function showFreshness(catalog) {
  catalog.then(
    ({ snapshot, publishedAt }) => {
      byId('freshness').replaceChildren(
        `Snapshot ${snapshot}, published `,
        element('time', { dateTime: publishedAt, title: formatMoment(publishedAt) }, formatAgo(publishedAt)),
      );
    },
    (error) => {
      byId('freshness').textContent = error.code === 'snapshot-not-found' ? 'nothing published yet' : '';
    },
  );
}
