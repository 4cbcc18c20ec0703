import { choice, exists, list, literal, NOTHING } from './build.ts';
import type { Expression } from './expression.ts';
import type { CompileContext } from './scope.ts';
import type { Syntax } from './syntax.ts';
import { when } from './value.ts';

/** The name written as a type specifier: `Quantity`, `FHIR.Quantity`, `System.String`. */
export function typeArgument(syntax: Syntax | undefined, context: CompileContext, column: number): string {
  if (syntax?.kind === 'member' && syntax.of === null) return syntax.name;
  if (syntax?.kind === 'member' && syntax.of?.kind === 'member' && syntax.of.of === null) {
    return `${syntax.of.name}.${syntax.name}`;
  }
  if (syntax?.kind === 'literal' && syntax.type === 'string') return syntax.text;
  return context.fail('a type name is needed here', syntax?.column ?? column);
}

/** Those values whose type is `name` or derives from it. */
export function ofType(of: Expression, name: string, context: CompileContext, column: number): Expression {
  const { schema } = context;
  const wanted = name.replace(/^FHIR\./, '');
  if (wanted.startsWith('System.')) return ofSystemType(of, wanted.slice('System.'.length));
  if (schema.namedType(wanted) === null) {
    // `String` is the System type where FHIR has no such name.
    if (schema.namedType(wanted.charAt(0).toLowerCase() + wanted.slice(1)) !== null)
      return ofSystemType(of, wanted);
    return context.fail(`there is no type ${name}`, column);
  }
  switch (of.type.kind) {
    case 'nothing':
      return NOTHING;
    case 'choice':
      return of.kind === 'choice'
        ? choice(of.alternatives.map((each) => ofType(each, name, context, column)))
        : NOTHING;
    case 'primitive':
      return schema.isA(of.type.name, wanted) ? of : NOTHING;
    case 'complex': {
      if (of.type.names.every((each) => schema.isA(each, wanted))) return of;
      const resource = schema.resource(wanted);
      if (resource === null || !of.type.names.every((each) => schema.isAnyResource(each))) return NOTHING;
      const island = context.names.next('island');
      const resources: Expression = {
        kind: 'resources',
        of: list(of),
        resource: wanted,
        island,
        type: resource,
        isMany: true,
      };
      return of.isMany
        ? resources
        : { kind: 'item', of: resources, at: literal(0), type: resource, isMany: false };
    }
    default:
      return of.type satisfies never;
  }
}

/** Elements of a resource are FHIR types, never System types; literals and computed values are. */
function ofSystemType(of: Expression, name: string): Expression {
  const isElement =
    of.kind === 'field' || of.kind === 'choice' || of.kind === 'variable' || of.type.kind !== 'primitive';
  if (isElement || of.type.kind !== 'primitive') return NOTHING;
  const system = of.type.name.charAt(0).toUpperCase() + of.type.name.slice(1);
  return system === name ? of : NOTHING;
}

export function isOfType(of: Expression, name: string, context: CompileContext, column: number): Expression {
  const matching = ofType(of, name, context, column);
  if (of.kind === 'nothing') return NOTHING;
  return when(exists(of), exists(matching), NOTHING);
}
