import type { MartContract } from './mart-contract.ts';

/** What a mart's version has to rise by. */
export type Rise = 'minor' | 'major';

export interface ContractChange {
  readonly mart: string;
  readonly column?: string;
  readonly what: string;
  readonly rise: Rise;
  /** Why it may not be released like this; undefined where it may. */
  readonly fault?: string;
}

/** A column or mart stays for so many releases after the one that deprecates it. */
const RELEASES_OF_GRACE = 2;

type Mart = MartContract['marts'][string];

/**
 * What changed for readers between two contracts, and what of it breaks the promise: a column that changes type or unit
 * is a new column; one that goes was deprecated for two releases; the version of the mart says how much changed. Pure.
 */
export function diffContracts(before: MartContract, after: MartContract): readonly ContractChange[] {
  const isDue = (since: string | undefined): boolean =>
    since !== undefined &&
    before.releases.includes(since) &&
    before.releases.length - before.releases.indexOf(since) >= RELEASES_OF_GRACE;
  const changes: ContractChange[] = [];
  for (const [name, mart] of Object.entries(before.marts)) {
    const now = after.marts[name];
    if (now === undefined) changes.push(removal({ mart: name }, isDue(mart.deprecatedSince)));
    else changes.push(...withVersion(name, mart, now, diffMart(name, mart, now, isDue)));
  }
  for (const name of Object.keys(after.marts)) {
    if (before.marts[name] === undefined) changes.push({ mart: name, what: 'new mart', rise: 'minor' });
  }
  return changes;
}

function removal(place: Pick<ContractChange, 'mart' | 'column'>, isDue: boolean): ContractChange {
  const fault = `deprecate it and keep it for ${RELEASES_OF_GRACE} releases`;
  return { ...place, what: 'removed', rise: 'major', ...(isDue ? {} : { fault }) };
}

function diffMart(
  name: string,
  before: Mart,
  after: Mart,
  isDue: (since: string | undefined) => boolean,
): readonly ContractChange[] {
  const changes: ContractChange[] = [];
  if (before.key.join() !== after.key.join()) {
    const what = `key ${before.key.join(', ')} → ${after.key.join(', ')}`;
    changes.push({ mart: name, what, rise: 'major', fault: 'another grain is another mart' });
  }
  for (const [column, was] of Object.entries(before.columns)) {
    const place = { mart: name, column };
    const is = after.columns[column];
    if (is === undefined) {
      changes.push(removal(place, isDue(was.deprecatedSince)));
      continue;
    }
    const isOther = was.type !== is.type || was.unit !== is.unit;
    if (isOther) {
      const what = `${describe(was)} → ${describe(is)}`;
      const fault = 'a column of another type or unit is a new column; deprecate this one';
      changes.push({ ...place, what, rise: 'major', fault });
    }
    if (!was.nullable && is.nullable) changes.push({ ...place, what: 'may be empty now', rise: 'major' });
    if (was.nullable && !is.nullable) changes.push({ ...place, what: 'never empty now', rise: 'minor' });
    if (was.deprecatedSince === undefined && is.deprecatedSince !== undefined) {
      changes.push({ ...place, what: `deprecated since ${is.deprecatedSince}`, rise: 'minor' });
    }
  }
  for (const column of Object.keys(after.columns)) {
    if (before.columns[column] === undefined) {
      changes.push({ mart: name, column, what: 'new column', rise: 'minor' });
    }
  }
  return changes;
}

function describe(column: Mart['columns'][string]): string {
  return column.unit === undefined ? column.type : `${column.type} in ${column.unit}`;
}

/** Where the version did not rise as the changes want, says so at the first of them that wants most. */
function withVersion(
  name: string,
  before: Mart,
  after: Mart,
  changes: readonly ContractChange[],
): readonly ContractChange[] {
  if (changes.length === 0) return changes;
  const rise = changes.some((change) => change.rise === 'major') ? 'major' : 'minor';
  if (hasRisen(before.version, after.version, rise)) return changes;
  const fault = `raise the ${rise} version of the mart (it was ${before.version})`;
  return [...changes, { mart: name, what: `version ${after.version}`, rise, fault }];
}

function hasRisen(before: string, after: string, rise: Rise): boolean {
  const [oldMajor = 0, oldMinor = 0] = before.split('.').map(Number);
  const [major = 0, minor = 0] = after.split('.').map(Number);
  return rise === 'major' ? major > oldMajor : major > oldMajor || (major === oldMajor && minor > oldMinor);
}
