import type { ViewColumn } from './definition.ts';
import { nearest, typeNames } from './lint-nearest.ts';
import type { ObservedColumn } from './lint-observe.ts';
import { describe } from './lint-observe.ts';
import type { Fault } from './lint-rule.ts';
import { meant } from './lint-structure.ts';
import type { Schema } from './schema-lookup.ts';
import type { PrimitiveType } from './type.ts';
import { isNumeric, isTemporal } from './type.ts';

/** Does what the path yields fit the column that is declared? */
export function columnFaults(
  { path, value, planned }: ObservedColumn,
  definition: ViewColumn,
  schema: Schema,
): readonly Fault[] {
  const faults: Fault[] = [];
  const at = { path: `${path}.path` };
  if (value.isMany && !definition.isCollection) {
    faults.push({
      rule: 'many-values',
      place: at,
      message: 'this can have many values: the view fails on a record that has two',
      suggestion: 'take .first(), make rows of them with forEach, or declare "collection": true',
    });
  }
  const type = definition.type;
  if (type !== null && schema.namedType(type) === null && schema.name !== 'dicom') {
    faults.push({
      rule: 'unknown-column-type',
      place: { path: `${path}.type` },
      message: `there is no type ${type}: it is ignored`,
      ...meant(nearest(type, typeNames())),
    });
  }
  if (value.kind === 'choice') {
    const isNarrow = value.alternatives.some(
      (each) =>
        type !== null &&
        (each.type.kind === 'primitive'
          ? schema.isA(each.type.name, type)
          : each.type.kind === 'complex' && each.type.names.every((name) => schema.isA(name, type))),
    );
    const types = new Set(value.alternatives.map((each) => describe(each.type)));
    if (!isNarrow && types.size > 1) faults.push(choiceFault(at.path, value));
    return faults;
  }
  const declared = type === null ? null : schema.namedType(type);
  const isKey = /\.?get(Resource|Reference)Key\([^)]*\)$/.test(definition.path);
  const actual = value.type;
  if (declared === null || isKey || actual.kind === 'nothing' || actual.kind === 'choice') return faults;
  const fits =
    declared.kind === 'primitive'
      ? actual.kind === 'primitive' && isShownAs(actual, declared)
      : actual.kind === 'complex' && actual.names.every((name) => schema.isA(name, type ?? ''));
  if (!fits) {
    faults.push({
      rule: 'type-mismatch',
      place: { path: `${path}.type` },
      message: `the path gives ${describe(actual)}, the column declares ${describe(declared)}`,
      ...(planned.column.fhirType !== null && actual.kind === 'primitive' ? meant(actual.name) : {}),
    });
  }
  return faults;
}

/** Every value can be shown as text; numbers and dates among themselves where nothing is lost. */
function isShownAs(actual: PrimitiveType, declared: PrimitiveType): boolean {
  if (declared.value === actual.value || declared.value === 'string') return true;
  if (isNumeric(declared.value)) return isNumeric(actual.value) && declared.value !== 'integer';
  return isTemporal(declared.value) && isTemporal(actual.value) && declared.value !== 'time';
}

function choiceFault(path: string, value: ObservedColumn['value'] & { kind: 'choice' }): Fault {
  const types = value.alternatives.map((each) => describe(each.type));
  const lost = value.alternatives
    .filter((each) => each.type.kind !== 'primitive')
    .map((each) => describe(each.type));
  return {
    rule: 'choice-element',
    place: { path },
    message: `this may be ${listOf(types, 'or')}${
      lost.length === 0 ? '' : `; the column leaves out ${listOf(lost, 'and')}`
    }`,
    suggestion: 'say which is meant with .ofType(…)',
  };
}

function listOf(names: readonly string[], word: string): string {
  const some = names.length > 5 ? [...names.slice(0, 4), `${names.length - 4} more types`] : names;
  return some.length < 2 ? some.join('') : `${some.slice(0, -1).join(', ')} ${word} ${some.at(-1)}`;
}
