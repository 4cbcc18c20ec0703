import type { DisjointSets } from './disjoint-sets.ts';
import { type IdentityGraph, LINK_RULES, listAt } from './identity-graph.ts';

/**
 * Tells whether nodes exclude each other: what is said of the birth date, or of the sex, of two of them has nothing in
 * common. Nodes that `Patient.link` joins speak with one voice. Nodes of which nothing is said exclude nobody.
 */
export class Contradictions {
  readonly #graph: IdentityGraph;
  readonly #declared: DisjointSets;
  readonly #sexes: Uint8Array;
  /** What the members of a declared set say together, where there is more than one member. */
  readonly #dates = new Map<number, Int32Array>();

  constructor(graph: IdentityGraph, declared: DisjointSets) {
    this.#graph = graph;
    this.#declared = declared;
    this.#sexes = Uint8Array.from(graph.sexes);
    for (const members of declared.components()) {
      const root = declared.find(members[0] ?? 0);
      const dates = new Set<number>();
      let sexes = 0;
      for (const node of members) {
        for (const date of listAt(graph.birthDates, node)) dates.add(date);
        sexes |= graph.sexes[node] ?? 0;
      }
      this.#sexes[root] = sexes;
      this.#dates.set(root, Int32Array.from(dates));
    }
  }

  isBetween(nodes: ArrayLike<number>): boolean {
    let male = false;
    let female = false;
    let only = -1;
    const several = new Map<string, Int32Array>();
    for (let index = 0; index < nodes.length; index++) {
      const node = this.#declared.find(nodes[index] ?? 0);
      const sex = this.#sexes[node] ?? 0;
      male ||= sex === 1;
      female ||= sex === 2;
      if (male && female) return true;
      const dates = this.#dates.get(node) ?? listAt(this.#graph.birthDates, node);
      if (dates.length > 1) several.set(dates.join(), dates);
      if (dates.length !== 1) continue;
      const date = dates[0] ?? -1;
      if (only >= 0 && only !== date) return true;
      only = date;
    }
    const sets = [...several.values()];
    return sets.some(
      (set, index) =>
        (only >= 0 && !set.includes(only)) ||
        sets.slice(index + 1).some((other) => !other.some((date) => set.includes(date))),
    );
  }
}

/** The sets that `Patient.link` makes. */
export function declaredSets(graph: IdentityGraph, sets: DisjointSets): DisjointSets {
  const rule = LINK_RULES.indexOf('patient-link');
  for (let each = 0; each < graph.rules.length; each++) {
    if (graph.rules[each] === rule) sets.joinAll(listAt(graph.evidence, each));
  }
  return sets;
}
