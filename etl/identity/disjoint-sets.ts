/** Union-find with path halving. */
export class DisjointSets {
  readonly #parents = new Map<string, string>();

  find(node: string): string {
    let at = node;
    for (;;) {
      const parent = this.#parents.get(at) ?? at;
      if (parent === at) return at;
      const grandparent = this.#parents.get(parent) ?? parent;
      this.#parents.set(at, grandparent);
      at = grandparent;
    }
  }

  joinAll(nodes: readonly string[]): void {
    const first = nodes[0];
    if (first === undefined) return;
    for (const node of nodes) {
      const root = this.find(first);
      const other = this.find(node);
      this.#parents.set(other, root);
      if (!this.#parents.has(root)) this.#parents.set(root, root);
    }
  }

  components(): readonly (readonly string[])[] {
    const members = new Map<string, string[]>();
    for (const node of this.#parents.keys()) {
      const root = this.find(node);
      const known = members.get(root);
      if (known === undefined) members.set(root, [node]);
      else known.push(node);
    }
    return [...members.values()].filter((each) => each.length > 1);
  }
}
