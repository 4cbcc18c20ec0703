/** Why nodes of the identity graph are one person, in the order in which they are asked. */
export type LinkRule = 'patient-link' | 'identifier' | 'study-uid' | 'accession';

export const LINK_RULES: readonly LinkRule[] = ['patient-link', 'identifier', 'study-uid', 'accession'];

/** Lists of integers, one after the other: list `n` is `values` from `starts[n]` to `starts[n + 1]`. */
export interface IntegerLists {
  readonly starts: Int32Array;
  readonly values: Int32Array;
}

/**
 * The nodes that share something with others, as the integers below `size`, and what they share. Typed arrays, because
 * a hospital has millions of both.
 */
export interface IdentityGraph {
  readonly size: number;
  /** 1: a patient. 0: a study, or a record that hangs on itself. */
  readonly isPatient: Uint8Array;
  /** The source that each node is of, as a number. */
  readonly sources: Int32Array;
  /** What is said of each node's sex: 1 male, 2 female, 3 both, 0 nothing. */
  readonly sexes: Uint8Array;
  /** The birth dates that are said of each node, each date as a number of its own. */
  readonly birthDates: IntegerLists;
  /** Per piece of evidence its rule, as an index into LINK_RULES, and its nodes: something that only one person should have. */
  readonly rules: Uint8Array;
  readonly evidence: IntegerLists;
}

/** The list with a number. */
export function listAt(lists: IntegerLists, number: number): Int32Array {
  return lists.values.subarray(lists.starts[number], lists.starts[number + 1]);
}

/** From pairs of list number and value that are ordered by list number. */
export function listsOf(count: number, numbers: Int32Array, values: Int32Array): IntegerLists {
  const starts = new Int32Array(count + 1);
  for (const number of numbers) starts[number + 1] = (starts[number + 1] ?? 0) + 1;
  for (let number = 0; number < count; number++) {
    starts[number + 1] = (starts[number + 1] ?? 0) + (starts[number] ?? 0);
  }
  return { starts, values };
}
