import type { SelectJson, ViewJson } from './generate-view.ts';

/** An item of a FHIRPath collection with its type, opaque to the evaluator. */
export type Item = unknown;

/** A FHIRPath engine; each view and record goes through it expression by expression. */
export interface FhirPathEngine {
  /** The record as the one item of a collection. */
  root(resource: unknown): readonly Item[];
  evaluate(expression: string, focus: readonly Item[], scope: EvaluationScope): readonly Item[];
  /** The plain value of an item. */
  value(item: Item): unknown;
}

export interface EvaluationScope {
  readonly resource: Item;
  readonly rowIndex: number;
  readonly constants: ViewJson['constant'];
}

type Cells = Readonly<Record<string, unknown>>;

/**
 * Rows of a ViewDefinition for one resource, straight from the processing model of the specification
 * (https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition-notes.html). Throws where a column that
 * is no collection, or a where, has several values.
 */
export function evaluateView(view: ViewJson, resource: unknown, engine: FhirPathEngine): readonly Cells[] {
  const root = engine.root(resource);
  const scopeAt = (rowIndex: number): EvaluationScope => ({
    resource: root[0],
    rowIndex,
    constants: view.constant,
  });

  const isTrue = (path: string): boolean => {
    const values = engine.evaluate(path, root, scopeAt(0)).map(engine.value);
    if (values.length > 1) throw new Error('a where has several values');
    return values[0] === true;
  };

  const columnsOf = (select: SelectJson, focus: readonly Item[], rowIndex: number): Cells =>
    Object.fromEntries(
      (select.column ?? []).map(({ name, path, collection }) => {
        const values = engine.evaluate(path, focus, scopeAt(rowIndex)).map(engine.value);
        if (collection === true) return [name, values];
        if (values.length > 1) throw new Error('a column has several values');
        return [name, values[0] ?? null];
      }),
    );

  const bodyOf = (select: SelectJson, focus: readonly Item[], rowIndex: number): readonly Cells[] => {
    const parts: (readonly Cells[])[] = [[columnsOf(select, focus, rowIndex)]];
    for (const child of select.select ?? []) parts.push(rowsOf(child, focus, rowIndex));
    if (select.unionAll !== undefined)
      parts.push(select.unionAll.flatMap((branch) => rowsOf(branch, focus, rowIndex)));
    return product(parts);
  };

  const rowsOf = (select: SelectJson, focus: readonly Item[], rowIndex: number): readonly Cells[] => {
    const path = select.forEach ?? select.forEachOrNull;
    const elements =
      select.repeat !== undefined
        ? closure(select.repeat, focus, rowIndex)
        : path === undefined
          ? null
          : engine.evaluate(path, focus, scopeAt(rowIndex));
    if (elements === null) return bodyOf(select, focus, rowIndex);
    if (elements.length === 0 && select.forEachOrNull !== undefined) return bodyOf(select, [], 0);
    return elements.flatMap((element, index) => bodyOf(select, [element], index));
  };

  /** Every element reachable by the paths, parents before children. */
  const closure = (paths: readonly string[], focus: readonly Item[], rowIndex: number): readonly Item[] =>
    paths.flatMap((path) =>
      engine
        .evaluate(path, focus, scopeAt(rowIndex))
        .flatMap((element) => [element, ...closure(paths, [element], rowIndex)]),
    );

  if (!(view.where ?? []).every(({ path }) => isTrue(path))) return [];
  return product(view.select.map((select) => rowsOf(select, root, 0)));
}

function product(parts: readonly (readonly Cells[])[]): readonly Cells[] {
  return parts.reduce<readonly Cells[]>(
    (rows, part) => rows.flatMap((row) => part.map((more) => ({ ...row, ...more }))),
    [{}],
  );
}
