import type { ChiasmError } from '../../base/error.ts';
import { FUNCTION_NAMES } from './compile-function.ts';
import { nearest, typeNames } from './lint-nearest.ts';
import { nodesOf, type PathText } from './lint-paths.ts';
import type { Fault, RuleId } from './lint-rule.ts';
import { meant } from './lint-structure.ts';
import type { Schema } from './schema-lookup.ts';
import { type Syntax, SyntaxFault } from './syntax.ts';

/** What the planner says about a view, and what it says it about. */
export interface EngineView {
  readonly texts: readonly PathText[];
  readonly resource: string;
  readonly constants: readonly string[];
  readonly schema: Schema;
}

/** A fault of the engine as a finding: which rule, where exactly, and what was probably meant. */
export function engineFault(error: ChiasmError, view: EngineView): Fault {
  const { path = '$', column, problem = error.message } = error.params;
  const place = { path: String(path), ...(typeof column === 'number' ? { column } : {}) };
  const message = String(problem);
  const text = view.texts.find((each) => each.path === place.path);
  if (text === undefined) return { ...faultOutside(place.path, view), message };
  if (text.syntax instanceof SyntaxFault) return { ...syntaxFault(text.path, text.syntax), message };
  const node = [...nodesOf(text.syntax)].find((each) => each.column === place.column);
  if (place.column === undefined) return { rule: 'where-not-boolean', place, message };
  if (node === undefined) return { rule: 'unsupported-expression', place, message };
  const { at = node.column, ...explained } = explain(node, /\.repeat\[\d+\]$/.test(text.path), view);
  return { rule: 'unsupported-expression', ...explained, place: { path: text.path, column: at }, message };
}

/**
 * What can be told of a path without knowing where it starts, past the first fault of the planner. Where the
 * planner does not refuse the path, it never came to the call: its input is always empty.
 */
export function textFaults({ path, syntax }: PathText, isRefused: boolean): readonly Fault[] {
  if (syntax instanceof SyntaxFault) return [syntaxFault(path, syntax)];
  return [...nodesOf(syntax)].flatMap((node) =>
    node.kind === 'call' && !FUNCTION_NAMES.includes(node.name)
      ? [
          {
            rule: 'unsupported-function',
            severity: isRefused ? 'error' : 'warning',
            place: { path, column: node.column },
            message: `function ${node.name}() is not supported`,
            ...meant(nearest(node.name, FUNCTION_NAMES)),
          },
        ]
      : [],
  );
}

function syntaxFault(path: string, fault: SyntaxFault): Fault {
  return { rule: 'fhirpath-syntax', place: { path, column: fault.column }, message: fault.message };
}

function faultOutside(path: string, view: EngineView): Omit<Fault, 'message'> {
  if (path === '$.resource') {
    const resources = typeNames().filter((name) => view.schema.resource(name) !== null);
    return { rule: 'unknown-resource', place: { path }, ...meant(nearest(view.resource, resources)) };
  }
  if (/\.unionAll\[\d+\]$/.test(path)) return { rule: 'union-mismatch', place: { path } };
  if (/\.column\[\d+\]$/.test(path)) return { rule: 'whole-resource', place: { path: `${path}.path` } };
  return { rule: path === '$.select' ? 'no-column' : 'engine-fault', place: { path } };
}

/** `at`: the character at which the trouble is, where it is not that of the node. */
interface Explanation extends Pick<Fault, 'suggestion' | 'replacement'> {
  readonly rule?: RuleId;
  readonly at?: number;
}

function explain(node: Syntax, isRepeat: boolean, view: EngineView): Explanation {
  switch (node.kind) {
    case 'external': {
      const name = nearest(node.name, [...view.constants, 'rowIndex', 'context', 'resource']);
      return { rule: 'undefined-constant', ...meant(name === null ? null : `%${name}`) };
    }
    case 'binary':
      return { rule: 'incompatible-types' };
    case 'call':
      return FUNCTION_NAMES.includes(node.name)
        ? explainCall(node, view.schema)
        : { rule: 'unsupported-function', ...meant(nearest(node.name, FUNCTION_NAMES)) };
    case 'type':
      return { rule: 'unknown-type', ...suggest(nearest(node.name, typeNames())) };
    case 'polarity':
      return { rule: 'incompatible-types' };
    case 'member':
      return isRepeat ? { rule: 'function-argument' } : {};
    default:
      return {};
  }
}

function explainCall(call: Syntax & { readonly kind: 'call' }, schema: Schema): Explanation {
  const [argument] = call.args;
  const takesType = ['ofType', 'as', 'is', 'getReferenceKey'].includes(call.name);
  if (!takesType || argument?.kind !== 'member') return { rule: 'function-argument' };
  const isKey = call.name === 'getReferenceKey';
  const known = typeNames().filter((name) => !isKey || schema.resource(name) !== null);
  const rule = isKey ? 'unknown-resource' : 'unknown-type';
  if (call.args.length > 1 || known.includes(argument.name)) return { rule: 'function-argument' };
  return { rule, at: argument.column, ...meant(nearest(argument.name, known)) };
}

function suggest(word: string | null): Pick<Fault, 'suggestion'> {
  return word === null ? {} : { suggestion: `did you mean ${word}?` };
}
