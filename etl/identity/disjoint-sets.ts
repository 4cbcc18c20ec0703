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

  copy(): DisjointSets {
    const copy = new DisjointSets(0);
    return Object.assign(Object.create(Object.getPrototypeOf(copy)), copy);
  }

  /** The sets with more than one node. */
  *components(): Generator<Int32Array> {
    const count = this.#parents.length;
    const starts = new Int32Array(count + 1);
    for (let node = 0; node < count; node++) starts[this.find(node) + 1]! += 1;
  }
}
