import { sqlString } from '../../base/sql-text.ts';

/**
 * The key of what a Reference points to, as `Type/id` text comparable with a resource key. Versions are cut
 * off; `#x` names a resource inside the record; `urn:` and conditional references stay as they are. With a
 * target type the key is NULL where the reference is known to point to something else.
 * `reference` must be cheap to repeat.
 */
export function printReferenceKey(reference: string, recordKey: string, target: string | null): string {
  const unversioned =
    `(case when contains(${reference}, '/_history/') ` +
    `then substr(${reference}, 1, strpos(${reference}, '/_history/') - 1) else ${reference} end)`;
  const local = `when starts_with(${reference}, '#') then ${recordKey} || ${reference}`;
  if (target === null) return `(case ${local} else ${unversioned} end)`;
  const path = `split_part(${reference}, '?', 1)`;
  return (
    `(case when starts_with(${reference}, ${sqlString(`${target}/`)}) then ${unversioned} ${local} ` +
    `when starts_with(${reference}, 'urn:') then ${reference} ` +
    `when contains(${reference}, '?') ` +
    `then case when ${isOther(lastSegment(path, 1), target)} then null else ${reference} end ` +
    `when ${isOther(lastSegment(unversioned, 2), target)} then null else ${unversioned} end)`
  );
}

function lastSegment(path: string, fromEnd: number): string {
  return `split_part(${path}, '/', -${fromEnd})`;
}

/** Only a name that looks like a resource type tells: the host of a URL does not. */
function isOther(type: string, target: string): string {
  return `${type} <> ${sqlString(target)} and regexp_full_match(${type}, '[A-Z][A-Za-z]+')`;
}
