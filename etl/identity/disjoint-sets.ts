/** Union-find over the integers below `size`, with path halving; the smaller set joins the larger. */
export class DisjointSets {
  readonly #parents: Int32Array;
  readonly #sizes: Int32Array;

  constructor(size: number) {
    this.#parents = Int32Array.from({ length: size }, (_, index) => index);
    this.#sizes = new Int32Array(size).fill(1);
  }

  find(node: number): number {
    let at = node;
    for (;;) {
      const parent = this.#parents[at] ?? at;
      if (parent === at) return at;
      const grandparent = this.#parents[parent] ?? parent;
      this.#parents[at] = grandparent;
      at = grandparent;
    }
  }

  /** Joins the sets of two nodes and returns the root of both. */
  join(one: number, other: number): number {
    const a = this.find(one);
    const b = this.find(other);
    if (a === b) return a;
    const size = this.sizeOf(a) + this.sizeOf(b);
    const [root, child] = this.sizeOf(a) >= this.sizeOf(b) ? [a, b] : [b, a];
    this.#parents[child] = root;
    this.#sizes[root] = size;
    return root;
  }

  joinAll(nodes: ArrayLike<number>): void {
    for (let index = 1; index < nodes.length; index++) this.join(nodes[0] ?? 0, nodes[index] ?? 0);
  }

  /** How many nodes the set of a root has. */
  sizeOf(root: number): number {
    return this.#sizes[root] ?? 1;
  }

  /** The sets with more than one node, each in ascending order. */
  components(): readonly Int32Array[] {
    const count = this.#parents.length;
    const sets = new Map<number, Int32Array>();
    const filled = new Int32Array(count);
    for (let node = 0; node < count; node++) {
      const root = this.find(node);
      const size = this.sizeOf(root);
      if (size === 1) continue;
      const members = sets.get(root) ?? new Int32Array(size);
      if (filled[root] === 0) sets.set(root, members);
      members[filled[root] ?? 0] = node;
      filled[root] = (filled[root] ?? 0) + 1;
    }
    return [...sets.values()];
  }
}
