import { list, NOTHING, variable } from './build.ts';
import type { Expression } from './expression.ts';
import type { Compile, CompileContext, Scope } from './scope.ts';
import type { Syntax } from './syntax.ts';
import type { ComplexType } from './type.ts';

/** A path to follow, with the context of its own text. */
export interface RepeatPath {
  readonly syntax: Syntax;
  readonly context: CompileContext;
}

/**
 * Everything reachable from `of` by following any of the paths again and again. The types met on the way are
 * collected until no path leads to a new one.
 */
export function compileRepeat(
  of: Expression,
  paths: readonly RepeatPath[],
  scope: Scope,
  context: CompileContext,
  compile: Compile,
): Expression {
  const follow = (focus: Expression): readonly Expression[] =>
    paths.map((path) => {
      const target = compile(path.syntax, { ...scope, focus, index: null }, path.context);
      if (target.kind !== 'nothing' && target.type.kind !== 'complex') {
        return path.context.fail('repeat must lead to complex elements', path.syntax.column);
      }
      return list(target);
    });

  const starts = follow(of);
  const name = context.names.next('v');
  let type: ComplexType = { kind: 'complex', names: typeNames(starts) };
  if (type.names.length === 0) return NOTHING;
  let steps = follow(variable(name, type));
  for (;;) {
    const names: readonly string[] = [...new Set([...type.names, ...typeNames(steps)])];
    if (names.length === type.names.length) break;
    type = { kind: 'complex', names };
    steps = follow(variable(name, type));
  }
  return {
    kind: 'repeat',
    of,
    paths: starts,
    variable: name,
    steps,
    names: [...new Set([...starts, ...steps].flatMap(fieldNames))],
    island: context.names.next('island'),
    type,
    isMany: true,
  };
}

function typeNames(targets: readonly Expression[]): readonly string[] {
  return [...new Set(targets.flatMap((target) => (target.type.kind === 'complex' ? target.type.names : [])))];
}

/** The JSON names under which the elements that an expression yields are stored. */
function fieldNames(of: Expression): readonly string[] {
  switch (of.kind) {
    case 'field':
      return [of.field];
    case 'choice':
      return of.alternatives.flatMap(fieldNames);
    case 'guard':
    case 'filter':
    case 'item':
    case 'slice':
    case 'single':
    case 'list':
    case 'resources':
      return fieldNames(of.of);
    default:
      return [];
  }
}
