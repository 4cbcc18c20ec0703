import { DisjointSets } from './disjoint-sets.ts';

/** Why nodes of the identity graph are one person, in the order in which they are asked. */
export type LinkRule = 'patient-link' | 'identifier' | 'study-uid' | 'accession';

export const LINK_RULES: readonly LinkRule[] = ['patient-link', 'identifier', 'study-uid', 'accession'];

/** Nodes that share something that only one person should have. */
export interface EvidenceGroup {
  readonly rule: LinkRule;
  readonly nodes: readonly string[];
}

/** What a node says of its person. Empty lists say nothing. */
export interface NodeFacts {
  readonly birthDates: readonly string[];
  readonly sexes: readonly string[];
}

export interface LinkVerdict {
  readonly group: EvidenceGroup;
  /** `conflict`: the members' birth dates or sexes exclude each other, so nothing is joined. */
  readonly status: 'linked' | 'conflict' | 'candidate';
  readonly confidence: number;
}

export interface LinkResult {
  readonly verdicts: readonly LinkVerdict[];
  /** The components with more than one node. */
  readonly components: readonly (readonly string[])[];
}

export interface LinkPolicy {
  readonly confidence: Readonly<Record<LinkRule, number>>;
  /** Patient records of one source that share an identifier and a birth date; and without a birth date to compare. */
  readonly sharedIdentifier: number;
  readonly unconfirmedIdentifier: number;
  /** Below it evidence makes a candidate, never a link. */
  readonly minConfidence: number;
}

/**
 * Decides which nodes are one person. `Patient.link` is the source's own word and always holds. Everything else
 * holds only if no two members contradict each other, directly or through what they are joined to, and a study
 * joins no two patients: a wrong-patient link is worse than a missing one. Pure.
 */
export function linkGroups(
  groups: readonly EvidenceGroup[],
  facts: ReadonlyMap<string, NodeFacts>,
  policy: LinkPolicy,
): LinkResult {
  const ordered = LINK_RULES.flatMap((rule) => groups.filter((group) => group.rule === rule));
  const declared = new DisjointSets();
  for (const group of ordered) if (group.rule === 'patient-link') declared.joinAll(group.nodes);
  const said = collectFacts(declared, ordered, facts);
  const factsOf = (node: string): NodeFacts | undefined => said.get(declared.find(node));

  const joined = new DisjointSets();
  const patients = new Set(ordered.flatMap((group) => group.nodes.filter(isPatient)));
  const verdicts = ordered.map((group): LinkVerdict => {
    const verdict = judge(group, joined, patients, factsOf, facts, policy);
    if (verdict.status === 'linked') {
      const hasPatient = group.nodes.some((node) => patients.has(joined.find(node)));
      joined.joinAll(group.nodes);
      if (hasPatient) patients.add(joined.find(group.nodes[0] ?? ''));
    }
    return verdict;
  });

  const contradictory = contradictoryRoots(joined, factsOf);
  if (contradictory.size === 0) return { verdicts, components: joined.components() };
  const settled = verdicts.map((verdict): LinkVerdict => {
    const root = joined.find(verdict.group.nodes[0] ?? '');
    const isDoubtful = verdict.status === 'linked' && verdict.group.rule !== 'patient-link';
    return isDoubtful && contradictory.has(root)
      ? { ...verdict, status: 'conflict', confidence: 0 }
      : verdict;
  });
  const kept = new DisjointSets();
  for (const verdict of settled) if (verdict.status === 'linked') kept.joinAll(verdict.group.nodes);
  return { verdicts: settled, components: kept.components() };
}

function isPatient(node: string): boolean {
  return node.includes('|Patient/');
}

function judge(
  group: EvidenceGroup,
  joined: DisjointSets,
  patients: ReadonlySet<string>,
  factsOf: (node: string) => NodeFacts | undefined,
  facts: ReadonlyMap<string, NodeFacts>,
  policy: LinkPolicy,
): LinkVerdict {
  if (group.rule === 'patient-link')
    return { group, status: 'linked', confidence: policy.confidence[group.rule] };
  const conflict: LinkVerdict = { group, status: 'conflict', confidence: 0 };
  if (contradict(group.nodes.map(factsOf))) return conflict;
  if (group.rule !== 'identifier') {
    const roots = new Set(group.nodes.map((node) => joined.find(node)));
    if ([...roots].filter((root) => patients.has(root)).length > 1) return conflict;
  }
  const confidence = confidenceOf(group, joined, facts, policy);
  return { group, status: confidence >= policy.minConfidence ? 'linked' : 'candidate', confidence };
}

function confidenceOf(
  group: EvidenceGroup,
  joined: DisjointSets,
  facts: ReadonlyMap<string, NodeFacts>,
  policy: LinkPolicy,
): number {
  if (group.rule !== 'identifier') return policy.confidence[group.rule];
  const records = group.nodes.filter(isPatient);
  const sources = new Set(records.map((node) => node.slice(0, node.indexOf('|Patient/'))));
  const clusters = new Set(records.map((node) => joined.find(node)));
  if (clusters.size <= sources.size) return policy.confidence.identifier;
  const isConfirmed = records.every((node) => (facts.get(node)?.birthDates.length ?? 0) > 0);
  return isConfirmed ? policy.sharedIdentifier : policy.unconfirmedIdentifier;
}

function contradict(members: readonly (NodeFacts | undefined)[]): boolean {
  return (
    excludeEachOther(members.map((member) => member?.birthDates ?? [])) ||
    excludeEachOther(members.map((member) => member?.sexes ?? []))
  );
}

/** Do two of the non-empty sets have nothing in common? */
function excludeEachOther(sets: readonly (readonly string[])[]): boolean {
  const spoken = [...new Set(sets.filter((set) => set.length > 0).map((set) => [...set].sort().join(' ')))];
  return spoken.some((one, index) =>
    spoken
      .slice(index + 1)
      .some((other) => !one.split(' ').some((value) => other.split(' ').includes(value))),
  );
}

function collectFacts(
  clusters: DisjointSets,
  groups: readonly EvidenceGroup[],
  facts: ReadonlyMap<string, NodeFacts>,
): ReadonlyMap<string, NodeFacts> {
  const collected = new Map<string, { birthDates: Set<string>; sexes: Set<string> }>();
  for (const node of new Set(groups.flatMap((group) => group.nodes))) {
    const said = facts.get(node);
    if (said === undefined) continue;
    const root = clusters.find(node);
    const known = collected.get(root) ?? { birthDates: new Set(), sexes: new Set() };
    for (const date of said.birthDates) known.birthDates.add(date);
    for (const sex of said.sexes) known.sexes.add(sex);
    collected.set(root, known);
  }
  return new Map(
    [...collected].map(([root, known]) => [
      root,
      { birthDates: [...known.birthDates], sexes: [...known.sexes] },
    ]),
  );
}

function contradictoryRoots(
  joined: DisjointSets,
  factsOf: (node: string) => NodeFacts | undefined,
): ReadonlySet<string> {
  const roots = new Set<string>();
  for (const component of joined.components()) {
    if (contradict(component.map(factsOf))) roots.add(joined.find(component[0] ?? ''));
  }
  return roots;
}
