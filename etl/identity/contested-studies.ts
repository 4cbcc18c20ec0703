import type { Contradictions } from './contradiction.ts';
import type { DisjointSets } from './disjoint-sets.ts';
import { type IdentityGraph, LINK_RULES, listAt } from './identity-graph.ts';

/**
 * Studies whose files bear the identifiers of two people (1 per such node): they can be neither's. `people` are the
 * patients that are one person without any study's help.
 */
export function findContestedStudies(graph: IdentityGraph, people: DisjointSets): Uint8Array {
  const isContested = new Uint8Array(graph.size);
  /** The person each study was ascribed to first, or -1; and where an identifier leaves several open, all of them. */
  const person = new Int32Array(graph.size).fill(-1);
  const open = new Map<number, (readonly number[])[]>();
  const rule = LINK_RULES.indexOf('identifier');
  for (let each = 0; each < graph.rules.length; each++) {
    if (graph.rules[each] !== rule) continue;
    const nodes = listAt(graph.evidence, each);
    const named = [...new Set(patientsOf(graph, nodes).map((node) => people.find(node)))];
    if (named.length === 0) continue;
    for (const node of nodes) {
      if (graph.isPatient[node] === 1) continue;
      if (named.length > 1) open.set(node, [...(open.get(node) ?? []), named]);
      else if (person[node] === -1) person[node] = named[0] ?? -1;
      else if (person[node] !== named[0]) isContested[node] = 1;
    }
  }
  for (const [node, choices] of open) {
    const known = person[node] ?? -1;
    const sets = known === -1 ? choices : [[known], ...choices];
    const agrees = sets.every((set, index) =>
      sets.slice(index + 1).every((other) => other.some((each) => set.includes(each))),
    );
    if (!agrees) isContested[node] = 1;
  }
  return isContested;
}

/** Joins the patients that share an identifier, where `isOne` says that they are one. */
export function joinPatients(
  graph: IdentityGraph,
  people: DisjointSets,
  contradictions: Contradictions,
  isOne: (patients: readonly number[], people: DisjointSets) => boolean,
): DisjointSets {
  const rule = LINK_RULES.indexOf('identifier');
  for (let each = 0; each < graph.rules.length; each++) {
    if (graph.rules[each] !== rule) continue;
    const patients = patientsOf(graph, listAt(graph.evidence, each));
    if (patients.length < 2 || contradictions.isBetween(patients)) continue;
    if (isOne(patients, people)) people.joinAll(patients);
  }
  return people;
}

/** The patients among nodes. */
export function patientsOf(graph: IdentityGraph, nodes: Int32Array): readonly number[] {
  const patients: number[] = [];
  for (const node of nodes) if (graph.isPatient[node] === 1) patients.push(node);
  return patients;
}
