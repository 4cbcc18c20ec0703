import { literal, NOTHING, operation, step } from './build.ts';
import { typeArgument } from './compile-type.ts';
import type { Expression } from './expression.ts';
import type { CompileContext } from './scope.ts';
import type { Syntax } from './syntax.ts';
import { STRING } from './type.ts';
import { single } from './value.ts';

/**
 * `getResourceKey()` and `getReferenceKey([type])` as text that can be compared: `Type/id`.
 * https://sql-on-fhir.org/ig/latest/StructureDefinition-ViewDefinition.html#required-additional-functions
 */
export function compileKeyFunction(
  of: Expression,
  call: Syntax & { readonly kind: 'call' },
  context: CompileContext,
): Expression {
  if (call.name === 'getResourceKey') return resourceKey(of, context);
  const type =
    call.args.length === 0 ? null : typeArgument(call.args[0], context, call.column).replace(/^FHIR\./, '');
  if (type !== null && context.schema.resource(type) === null) {
    return context.fail(`there is no resource type ${type}`, call.column);
  }
  const references =
    of.kind === 'choice' ? of.alternatives.find(isReference) : isReference(of) ? of : undefined;
  if (references === undefined) return NOTHING;
  const text = step(references, 'reference', context.schema);
  const recordKey = keyOf(context.record, context.resource, context);
  return { kind: 'reference-key', of: text, target: type, recordKey, type: STRING, isMany: text.isMany };
}

function isReference(of: Expression): boolean {
  return of.type.kind === 'complex' && of.type.names.every((name) => name === 'Reference');
}

function resourceKey(of: Expression, context: CompileContext): Expression {
  if (of.type.kind !== 'complex') return NOTHING;
  const [resource, ...others] = of.type.names;
  if (resource === undefined || others.length > 0 || context.schema.resource(resource) === null)
    return NOTHING;
  if (of === context.record || context.resource === 'Bundle')
    return keyOf(single(of, context.label), resource, context);
  // A contained resource has no key of its own: it is addressed through the record it stands in.
  const id = step(single(of, context.label), 'id', context.schema);
  const owner = keyOf(context.record, context.resource, context);
  return operation('concat', [owner, literal('#'), id], STRING);
}

function keyOf(record: Expression, resource: string, context: CompileContext): Expression {
  const id = step(record, 'id', context.schema);
  return { kind: 'resource-key', resource, id, type: STRING, isMany: false };
}
