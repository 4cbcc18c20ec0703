import { currentSnapshotNumber } from './current.ts';
import { isReleaseName, listReleases } from './release.ts';
import { listPublished, listRetired, notFound, publishedNumbers } from './snapshot-catalog.ts';

/**
 * The number of the snapshot that somebody asks for by number, by the name of a release, or by time: the one that was
 * current at an instant, or at the end of a day (`2024-03-31`, in UTC as `chiasm snapshots` shows it); `current` is the
 * published one. Throws `snapshot-not-found`, which names what is there; never answers with a snapshot that was
 * not current at that time.
 */
export async function resolveAsOf(warehouse: string, asOf: string): Promise<number> {
  if (asOf === 'current') {
    const current = await currentSnapshotNumber(warehouse);
    if (current !== undefined) return current;
    throw await notFound(warehouse, 'there is no current snapshot');
  }
  if (/^\d{1,9}$/.test(asOf)) return resolveNumber(warehouse, Number(asOf));
  const moment = momentOf(asOf);
  if (moment !== undefined) return resolveMoment(warehouse, moment);
  if (!isReleaseName(asOf)) {
    throw await notFound(warehouse, 'that is no number, date, instant or name of a release');
  }
  const release = (await listReleases(warehouse)).find((each) => each.name === asOf);
  if (release === undefined)
    throw await notFound(warehouse, `there is no release ${asOf}`, { release: asOf });
  return release.snapshot;
}

async function resolveNumber(warehouse: string, number: number): Promise<number> {
  if ((await publishedNumbers(warehouse)).includes(number)) return number;
  const retired = (await listRetired(warehouse)).get(number);
  const reason =
    retired === undefined
      ? `there is no snapshot ${number}`
      : `snapshot ${number} of ${retired.createdAt} has expired`;
  throw await notFound(warehouse, reason, { snapshot: number });
}

async function resolveMoment(warehouse: string, moment: number): Promise<number> {
  const published = await listPublished(warehouse);
  const isThere = new Set(published.map((each) => each.number));
  const known = [...published, ...(await listRetired(warehouse)).values()];
  const then = known
    .filter((each) => Date.parse(each.createdAt) <= moment)
    .reduce((latest, each) => Math.max(latest, each.number), 0);
  if (isThere.has(then)) return then;
  const day = new Date(moment).toISOString();
  if (then === 0) throw await notFound(warehouse, `at ${day} nothing was published yet`);
  throw await notFound(warehouse, `snapshot ${then}, which was current at ${day}, has expired`, {
    snapshot: then,
  });
}

/** Milliseconds since 1970 of an instant with its offset, or of the last millisecond of a day in UTC. */
function momentOf(text: string): number | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  if (!day && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const moment = Date.parse(day ? `${text}T23:59:59.999Z` : text);
  // 2024-02-31 would be taken for a day of March.
  const isReal = !Number.isNaN(moment) && (!day || new Date(moment).toISOString().startsWith(text));
  return isReal ? moment : undefined;
}
