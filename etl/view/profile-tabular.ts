import type { ObservedColumn } from './lint-observe.ts';
import type { Fault } from './lint-rule.ts';
import type { DeclaredColumn } from './lint-tags.ts';

/** The profile's own list; the guide leaves out `date` and `uri`, which are as primitive as the others. */
const PRIMITIVES: ReadonlySet<string> = new Set([
  ...['base64Binary', 'boolean', 'canonical', 'code', 'dateTime', 'decimal', 'id', 'instant', 'integer'],
  ...['integer64', 'markdown', 'oid', 'string', 'positiveInt', 'time', 'unsignedInt', 'url', 'uuid'],
]);
const LEFT_OUT: ReadonlySet<string> = new Set(['date', 'uri']);

/**
 * TabularViewDefinition: no column is a collection and each declares a primitive type.
 * https://sql-on-fhir.org/ig/latest/StructureDefinition-TabularViewDefinition.html
 */
export function tabularFaults(
  places: readonly DeclaredColumn[],
  columns: readonly ObservedColumn[],
): readonly Fault[] {
  return places.flatMap(({ path, type, collection }) => {
    const planned = columns.find((column) => column.path === path);
    const faults: Fault[] = [];
    if (collection === true) {
      faults.push({
        rule: 'tabular-no-collections',
        place: { path: `${path}.collection` },
        message: 'a column of a table is no collection',
        suggestion: 'take .first() or .join(…), or make rows with forEach',
      });
    }
    const fault = typeFault(path, type, planned);
    return fault === null ? faults : [...faults, fault];
  });
}

function typeFault(path: string, type: unknown, planned: ObservedColumn | undefined): Fault | null {
  const rule = 'tabular-primitives-only';
  const place = { path: `${path}.type` };
  const actual = planned?.planned.column.fhirType;
  if (typeof type !== 'string') {
    return {
      rule,
      place: { path: `${path}.name` },
      message: 'a column of a table declares a primitive type',
      ...(typeof actual === 'string' && PRIMITIVES.has(actual) ? { suggestion: `"type": "${actual}"` } : {}),
    };
  }
  const name = type.replace(/^http:\/\/hl7\.org\/fhir\/StructureDefinition\//, '');
  if (LEFT_OUT.has(name)) {
    return {
      rule,
      severity: 'warning',
      place,
      message: `${name} is primitive, but the constraint primitives-only leaves it out: validators refuse it`,
    };
  }
  if (!PRIMITIVES.has(name)) return { rule, place, message: `${name} is no primitive type` };
  return planned?.value.type.kind === 'complex'
    ? { rule, place: { path: `${path}.path` }, message: 'the path gives a complex value' }
    : null;
}
