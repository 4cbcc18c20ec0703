import { findContestedStudies, joinPatients, patientsOf } from './contested-studies.ts';
import { Contradictions, declaredSets } from './contradiction.ts';
import { DisjointSets } from './disjoint-sets.ts';
import { type IdentityGraph, LINK_RULES, type LinkRule, listAt } from './identity-graph.ts';

/** `conflict`: the members exclude each other, or a study would join two patients, so nothing is joined. */
export const LINK_STATUSES = ['linked', 'candidate', 'conflict'] as const;
export type LinkStatus = (typeof LINK_STATUSES)[number];

export interface LinkResult {
  /** Per piece of evidence an index into LINK_STATUSES, and how much it is worth. */
  readonly statuses: Uint8Array;
  readonly confidences: Float64Array;
  /** 1 for studies that bear the identifiers of two people: whatever the evidence, they are linked to nobody. */
  readonly isContested: Uint8Array;
  /** The components with more than one node. */
  readonly components: readonly Int32Array[];
}

export interface LinkPolicy {
  readonly confidence: Readonly<Record<LinkRule, number>>;
  /** Patient records of one source that share an identifier and a birth date; and without a birth date to compare. */
  readonly sharedIdentifier: number;
  readonly unconfirmedIdentifier: number;
  /** Below it evidence makes a candidate, never a link. */
  readonly minConfidence: number;
}

const LINKED = LINK_STATUSES.indexOf('linked');
const CANDIDATE = LINK_STATUSES.indexOf('candidate');
const CONFLICT = LINK_STATUSES.indexOf('conflict');
const PATIENT_LINK = LINK_RULES.indexOf('patient-link');
const IDENTIFIER = LINK_RULES.indexOf('identifier');

/**
 * Decides which nodes are one person. `Patient.link` is the source's own word and always holds. Everything else
 * holds only if no two members contradict each other, directly or through what they are joined to, and a study
 * joins no two patients: a wrong-patient link is worse than a missing one. Pure.
 */
export function linkGroups(graph: IdentityGraph, policy: LinkPolicy): LinkResult {
  const count = graph.rules.length;
  const statuses = new Uint8Array(count);
  const confidences = new Float64Array(count);
  const contradictions = new Contradictions(graph, declaredSets(graph, new DisjointSets(graph.size)));
  const people = joinPatients(
    graph,
    declaredSets(graph, new DisjointSets(graph.size)),
    contradictions,
    (patients, known) => identifierConfidence(graph, patients, known, policy) >= policy.minConfidence,
  );
  const isContested = findContestedStudies(graph, people);
  const joined = new DisjointSets(graph.size);
  /** 1 for the root of a set that holds a patient. */
  const holdsPatient = Uint8Array.from(graph.isPatient);
  const settle = (each: number, status: number, confidence: number): void => {
    statuses[each] = status;
    confidences[each] = status === CONFLICT ? 0 : confidence;
  };

  for (const each of inOrder(graph)) {
    const rule = graph.rules[each] ?? 0;
    const all = listAt(graph.evidence, each);
    const nodes = rule === PATIENT_LINK ? all : all.filter((node) => isContested[node] === 0);
    if (rule !== PATIENT_LINK) {
      const joinsPatients = joinsByStudy(graph, nodes, rule, joined, holdsPatient);
      if (nodes.length < 2 || joinsPatients || contradictions.isBetween(nodes)) {
        settle(each, CONFLICT, 0);
        continue;
      }
    }
    const confidence =
      rule === IDENTIFIER
        ? identifierConfidence(graph, patientsOf(graph, nodes), joined, policy)
        : policy.confidence[LINK_RULES[rule] ?? 'accession'];
    settle(each, confidence >= policy.minConfidence ? LINKED : CANDIDATE, confidence);
    if (statuses[each] !== LINKED) continue;
    const hasPatient = nodes.some((node) => holdsPatient[joined.find(node)] === 1);
    joined.joinAll(nodes);
    if (hasPatient) holdsPatient[joined.find(nodes[0] ?? 0)] = 1;
  }

  const components = joined.components();
  const doubtful = new Set(
    components.filter((nodes) => contradictions.isBetween(nodes)).map((nodes) => joined.find(nodes[0] ?? 0)),
  );
  if (doubtful.size === 0) return { statuses, confidences, isContested, components };
  const kept = new DisjointSets(graph.size);
  for (let each = 0; each < count; each++) {
    if (statuses[each] !== LINKED) continue;
    const isDeclared = graph.rules[each] === PATIENT_LINK;
    const all = listAt(graph.evidence, each);
    const nodes = isDeclared ? all : all.filter((node) => isContested[node] === 0);
    if (!isDeclared && doubtful.has(joined.find(nodes[0] ?? 0))) settle(each, CONFLICT, 0);
    else kept.joinAll(nodes);
  }
  return { statuses, confidences, isContested, components: kept.components() };
}

/** By rule; of the identifiers first those that a patient has, so that a study goes to the patient that it names. */
function* inOrder(graph: IdentityGraph): Generator<number> {
  for (let rule = 0; rule < LINK_RULES.length; rule++) {
    for (const withPatient of rule === IDENTIFIER ? [true, false] : [undefined]) {
      for (let each = 0; each < graph.rules.length; each++) {
        if (graph.rules[each] !== rule) continue;
        const hasPatient = (): boolean =>
          listAt(graph.evidence, each).some((node) => graph.isPatient[node] === 1);
        if (withPatient === undefined || withPatient === hasPatient()) yield each;
      }
    }
  }
}

/** Would the evidence join two patients, other than those who share an identifier themselves? */
function joinsByStudy(
  graph: IdentityGraph,
  nodes: Int32Array,
  rule: number,
  joined: DisjointSets,
  holdsPatient: Uint8Array,
): boolean {
  const roots = new Set<number>();
  for (const node of nodes) if (holdsPatient[joined.find(node)] === 1) roots.add(joined.find(node));
  if (roots.size < 2) return false;
  if (rule !== IDENTIFIER) return true;
  const own = new Set(patientsOf(graph, nodes).map((node) => joined.find(node)));
  return [...roots].some((root) => !own.has(root));
}

/** Two Patient records of one source that share an identifier are one person only if birth dates say so, too. */
function identifierConfidence(
  graph: IdentityGraph,
  patients: readonly number[],
  joined: DisjointSets,
  policy: LinkPolicy,
): number {
  const rootOf = new Map<number, number>();
  let isShared = false;
  for (const node of patients) {
    const source = graph.sources[node] ?? 0;
    const root = joined.find(node);
    isShared ||= (rootOf.get(source) ?? root) !== root;
    rootOf.set(source, root);
  }
  if (!isShared) return policy.confidence.identifier;
  const isConfirmed = patients.every((node) => listAt(graph.birthDates, node).length > 0);
  return isConfirmed ? policy.sharedIdentifier : policy.unconfirmedIdentifier;
}
