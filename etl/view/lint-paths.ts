import { isRecord } from './lint-structure.ts';
import { parseFhirPath, type Syntax, SyntaxFault } from './syntax.ts';

/** A FHIRPath text of a view with the JSON path at which it stands. */
export interface PathText {
  readonly path: string;
  readonly text: string;
  readonly syntax: Syntax | SyntaxFault;
}

/** Every FHIRPath text of a view, whatever else is wrong with it. */
export function pathTexts(view: Readonly<Record<string, unknown>>): readonly PathText[] {
  const found: PathText[] = [];
  const take = (text: unknown, path: string): void => {
    if (typeof text === 'string' && text !== '') found.push({ path, text, syntax: syntaxOf(text) });
  };
  const visitSelect = (select: unknown, path: string): void => {
    if (!isRecord(select)) return;
    take(select['forEach'], `${path}.forEach`);
    take(select['forEachOrNull'], `${path}.forEachOrNull`);
    each(select['repeat'], (text, index) => take(text, `${path}.repeat[${index}]`));
    each(select['column'], (column, index) => {
      if (isRecord(column)) take(column['path'], `${path}.column[${index}].path`);
    });
    for (const key of ['select', 'unionAll']) {
      each(select[key], (inner, index) => visitSelect(inner, `${path}.${key}[${index}]`));
    }
  };
  each(view['where'], (where, index) => {
    if (isRecord(where)) take(where['path'], `$.where[${index}].path`);
  });
  each(view['select'], (select, index) => visitSelect(select, `$.select[${index}]`));
  return found;
}

function each(list: unknown, visit: (item: unknown, index: number) => void): void {
  if (Array.isArray(list)) list.forEach(visit);
}

function syntaxOf(text: string): Syntax | SyntaxFault {
  try {
    return parseFhirPath(text);
  } catch (error) {
    if (error instanceof SyntaxFault) return error;
    throw error;
  }
}

/** A node and all below it. */
export function* nodesOf(syntax: Syntax): Generator<Syntax> {
  yield syntax;
  for (const child of childrenOf(syntax)) yield* nodesOf(child);
}

function childrenOf(syntax: Syntax): readonly Syntax[] {
  switch (syntax.kind) {
    case 'member':
      return syntax.of === null ? [] : [syntax.of];
    case 'call':
      return syntax.of === null ? syntax.args : [syntax.of, ...syntax.args];
    case 'indexer':
      return [syntax.of, syntax.index];
    case 'binary':
      return [syntax.left, syntax.right];
    case 'polarity':
    case 'type':
      return [syntax.of];
    case 'literal':
    case 'quantity':
    case 'external':
    case 'empty':
    case 'this':
    case 'index':
    case 'total':
      return [];
    default:
      return syntax satisfies never;
  }
}
