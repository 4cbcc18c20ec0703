import type { MartDeclaration, MartReference } from '../../../models/mart-declaration.ts';
import { lineageTag, type TmdlObject, tmdlName } from './tmdl.ts';

/** A declared reference as Power BI has it: from the many to the one. */
export interface Relationship {
  readonly from: { readonly mart: string; readonly column: string };
  readonly to: { readonly mart: string; readonly column: string };
  /** One row on both sides: both tables filter each other. */
  readonly isOneToOne: boolean;
  /** Power BI allows one active way between two tables; an inactive one is asked for by USERELATIONSHIP. */
  readonly isActive: boolean;
}

/**
 * Every reference of one column to the key of another mart. Where two would give two ways between the same tables, that one is
 * active that loses no rows: columns that are never empty first, among them those that lead to more than a mart without
 * references of its own; among the others those that lead there directly.
 */
export function relationshipsOf(marts: readonly MartDeclaration[]): readonly Relationship[] {
  const byName = new Map(marts.map((mart) => [mart.name, mart]));
  const relationships: Relationship[] = [];
  for (const mart of inOrder(marts, byName)) {
    for (const reference of preferred(mart, byName)) {
      const candidate = relationshipOf(mart, reference, byName);
      if (candidate === undefined) continue;
      const isActive = !isAmbiguous([...relationships.filter((each) => each.isActive), candidate]);
      relationships.push({ ...candidate, isActive });
    }
  }
  return relationships;
}

export function relationshipObject({ from, to, isOneToOne, isActive }: Relationship): TmdlObject {
  return {
    declaration: `relationship ${lineageTag('relationship', from.mart, from.column, to.mart)}`,
    properties: [
      ...(isActive ? [] : ['isActive: false']),
      ...(isOneToOne ? ['crossFilteringBehavior: bothDirections', 'fromCardinality: one'] : []),
      `fromColumn: ${tmdlName(from.mart)}.${tmdlName(from.column)}`,
      `toColumn: ${tmdlName(to.mart)}.${tmdlName(to.column)}`,
    ],
  };
}

type Marts = ReadonlyMap<string, MartDeclaration>;

/** Marts after those that they refer to. */
function inOrder(marts: readonly MartDeclaration[], byName: Marts): readonly MartDeclaration[] {
  const ordered = new Set<MartDeclaration>();
  const visit = (mart: MartDeclaration | undefined, path: readonly string[]): void => {
    if (mart === undefined || ordered.has(mart) || path.includes(mart.name)) return;
    for (const reference of mart.references) visit(byName.get(reference.mart), [...path, mart.name]);
    ordered.add(mart);
  };
  for (const mart of marts) visit(mart, []);
  return [...ordered];
}

function preferred(mart: MartDeclaration, byName: Marts): readonly MartReference[] {
  const rank = (reference: MartReference): number => {
    const isFilled = mart.columns.find(({ name }) => name === reference.columns[0])?.nullable === false;
    const isRoot = byName.get(reference.mart)?.references.length === 0;
    return isFilled ? (isRoot ? 1 : 0) : isRoot ? 2 : 3;
  };
  return [...mart.references].sort((a, b) => rank(a) - rank(b));
}

function relationshipOf(
  mart: MartDeclaration,
  { columns: [column, ...more], mart: target, to: [key] }: MartReference,
  byName: Marts,
): Relationship | undefined {
  const isKey = sameKey(byName.get(target), key);
  if (column === undefined || key === undefined || more.length > 0 || !isKey) return undefined;
  return {
    from: { mart: mart.name, column },
    to: { mart: target, column: key },
    isOneToOne: sameKey(mart, column),
    isActive: true,
  };
}

function sameKey(mart: MartDeclaration | undefined, column: string | undefined): boolean {
  return mart?.key.length === 1 && mart.key[0] === column;
}

/** Whether filters reach a table by two ways from another one. */
function isAmbiguous(relationships: readonly Relationship[]): boolean {
  const next = new Map<string, string[]>();
  const add = (from: string, to: string): void => {
    next.set(from, [...(next.get(from) ?? []), to]);
  };
  for (const { from, to, isOneToOne } of relationships) {
    add(to.mart, from.mart);
    if (isOneToOne) add(from.mart, to.mart);
  }
  const isReachedTwice = (start: string): boolean => {
    const reached: string[] = [];
    const walk = (mart: string, path: readonly string[]): void => {
      for (const each of next.get(mart) ?? []) {
        if (path.includes(each)) continue;
        reached.push(each);
        walk(each, [...path, each]);
      }
    };
    walk(start, [start]);
    return new Set(reached).size < reached.length;
  };
  return [...next.keys()].some(isReachedTwice);
}
