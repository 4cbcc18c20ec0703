/**
 * Whose a node is, decided with plain sets by the written link rules: what `Patient.link` says always holds; a shared
 * identifier, study or accession number holds where nobody contradicts (birth dates, sexes), where a study joins no two
 * patients, and, between Patient records of one source, where birth dates confirm it.
 */

export type Rule = 'patient-link' | 'identifier' | 'study-uid' | 'accession';

/** Something that only one person should have, and a node that has it. */
export interface Claim {
  readonly rule: Rule;
  readonly name: string;
  readonly node: string;
}

/** What is said of a node. */
export interface Traits {
  readonly births: Set<string>;
  readonly sexes: Set<string>;
}

const ORDER: readonly Rule[] = ['patient-link', 'identifier', 'study-uid', 'accession'];

type Evidence = readonly [rule: Rule, nodes: readonly string[]];

/** Sets that can be joined. */
class Union {
  readonly #parent = new Map<string, string>();

  root(node: string): string {
    const parent = this.#parent.get(node);
    return parent === undefined ? node : this.root(parent);
  }

  join(nodes: readonly string[]): void {
    for (const node of nodes.slice(1)) {
      const [a, b] = [this.root(nodes[0] as string), this.root(node)];
      if (a !== b) this.#parent.set(b, a);
    }
  }
}

export const isPatient = (node: string): boolean => /^[^|]*\|(Patient[/?]|identifier\/)/.test(node);

/** The sets of nodes that are one person: node → a name of its set. */
export function decidePersons(
  nodes: readonly string[],
  claims: readonly Claim[],
  traits: ReadonlyMap<string, Traits>,
): ReadonlyMap<string, string> {
  const evidence = gather(claims);
  const declared = new Union();
  for (const [rule, members] of evidence) if (rule === 'patient-link') declared.join(members);
  const voices = speakTogether(traits, declared);
  const excludes = (members: readonly string[]): boolean => contradict(members, declared, voices);
  const confirms = (members: readonly string[], known: Union): boolean =>
    isConfirmed(members.filter(isPatient), known, traits);

  const people = new Union();
  for (const [rule, members] of evidence) if (rule === 'patient-link') people.join(members);
  for (const [rule, members] of evidence) {
    const patients = members.filter(isPatient);
    if (rule === 'identifier' && patients.length > 1 && !excludes(patients) && confirms(patients, people))
      people.join(patients);
  }
  const contested = contestedStudies(evidence, people);

  const joined = new Union();
  const seen: string[] = [];
  const holding: Evidence[] = [];
  const patientsOfSet = (members: readonly string[]): Set<string> => {
    const roots = new Set(members.map((node) => joined.root(node)));
    return new Set(
      seen
        .concat(members)
        .filter((node) => isPatient(node) && roots.has(joined.root(node)))
        .map((node) => joined.root(node)),
    );
  };
  for (const [rule, members] of evidence) {
    const free = rule === 'patient-link' ? members : members.filter((node) => !contested.has(node));
    if (rule !== 'patient-link') {
      const roots = patientsOfSet(free);
      const named = new Set(free.filter(isPatient).map((node) => joined.root(node)));
      const isForced =
        roots.size > 1 && (rule !== 'identifier' || [...roots].some((root) => !named.has(root)));
      if (free.length < 2 || isForced || excludes(free)) continue;
      if (rule === 'identifier' && !confirms(free, joined)) continue;
    }
    holding.push([rule, free]);
    joined.join(free);
    seen.push(...free);
  }

  const doubtful = new Set(
    [...new Set(seen)]
      .map((node) => joined.root(node))
      .filter((root) => excludes(seen.filter((node) => joined.root(node) === root))),
  );
  const kept = new Union();
  for (const [rule, members] of holding) {
    if (rule === 'patient-link' || !doubtful.has(joined.root(members[0] as string))) kept.join(members);
  }
  return new Map(nodes.map((node) => [node, kept.root(node)]));
}

/** What two nodes or more share, in the order of the rules; of identifiers first those that a patient has. */
function gather(claims: readonly Claim[]): readonly Evidence[] {
  const groups = new Map<string, Set<string>>();
  for (const { rule, name, node } of claims) {
    const key = `${ORDER.indexOf(rule)} ${name}`;
    groups.set(key, (groups.get(key) ?? new Set()).add(node));
  }
  const rank = ([rule, nodes]: Evidence): number =>
    ORDER.indexOf(rule) * 2 + (rule === 'identifier' && !nodes.some(isPatient) ? 1 : 0);
  return [...groups]
    .filter(([, nodes]) => nodes.size > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, nodes]): Evidence => [ORDER[Number(key[0])] as Rule, [...nodes].sort()])
    .sort((a, b) => rank(a) - rank(b));
}

/** Nodes that `Patient.link` joins speak with one voice. */
function speakTogether(traits: ReadonlyMap<string, Traits>, declared: Union): ReadonlyMap<string, Traits> {
  const voices = new Map<string, Traits>();
  for (const [node, { births, sexes }] of traits) {
    const root = declared.root(node);
    const voice = voices.get(root) ?? { births: new Set(), sexes: new Set() };
    for (const birth of births) voice.births.add(birth);
    for (const sex of sexes) voice.sexes.add(sex);
    voices.set(root, voice);
  }
  return voices;
}

function contradict(
  members: readonly string[],
  declared: Union,
  voices: ReadonlyMap<string, Traits>,
): boolean {
  const said = members.map((node) => voices.get(declared.root(node)));
  const disagree = (of: (traits: Traits) => ReadonlySet<string>): boolean => {
    const sets = said
      .map((traits) => (traits === undefined ? new Set<string>() : of(traits)))
      .filter((set) => set.size > 0);
    return sets.some((one) => sets.some((other) => ![...one].some((value) => other.has(value))));
  };
  return disagree((traits) => traits.births) || disagree((traits) => traits.sexes);
}

/** Patient records of one source that share an identifier are one person only where all of them have a birth date. */
function isConfirmed(
  patients: readonly string[],
  known: Union,
  traits: ReadonlyMap<string, Traits>,
): boolean {
  const sourceOf = (node: string): string => node.split('|')[0] as string;
  const isShared = patients.some((one) =>
    patients.some((other) => sourceOf(one) === sourceOf(other) && known.root(one) !== known.root(other)),
  );
  return !isShared || patients.every((node) => (traits.get(node)?.births.size ?? 0) > 0);
}

/** Studies that bear the identifiers of two people are neither's. */
function contestedStudies(evidence: readonly Evidence[], people: Union): ReadonlySet<string> {
  const choices = new Map<string, Set<string>[]>();
  for (const [rule, members] of evidence) {
    const named = new Set(members.filter(isPatient).map((node) => people.root(node)));
    if (rule !== 'identifier' || named.size === 0) continue;
    for (const node of members) {
      if (!isPatient(node)) choices.set(node, [...(choices.get(node) ?? []), named]);
    }
  }
  return new Set(
    [...choices]
      .filter(([, sets]) =>
        sets.some((one) => sets.some((other) => ![...one].some((each) => other.has(each)))),
      )
      .map(([node]) => node),
  );
}
