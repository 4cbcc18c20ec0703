import type { ObservedColumn } from './lint-observe.ts';
import { nodesOf, type PathText } from './lint-paths.ts';
import type { Fault } from './lint-rule.ts';
import { SyntaxFault } from './syntax.ts';

/**
 * The functions that every runner of shared views has: those that the profile's notes list and the two of the
 * language itself. The tests that the specification tags `shareable` use no others.
 * https://sql-on-fhir.org/ig/latest/StructureDefinition-ShareableViewDefinition.html
 */
const SHAREABLE: ReadonlySet<string> = new Set([
  ...['where', 'exists', 'empty', 'extension', 'ofType', 'first', 'not', 'getResourceKey', 'getReferenceKey'],
]);
const EXPERIMENTAL: ReadonlySet<string> = new Set(['join', 'lowBoundary', 'highBoundary']);

/** ShareableViewDefinition: url, name and fhirVersion, a type for each column, and functions that all have. */
export function shareableFaults(
  view: Readonly<Record<string, unknown>>,
  places: readonly { readonly path: string; readonly type: unknown }[],
  columns: readonly ObservedColumn[],
  texts: readonly PathText[],
): readonly Fault[] {
  const faults: Fault[] = [];
  const { url, name, fhirVersion } = view;
  if (typeof url !== 'string' || url === '') {
    faults.push({ rule: 'shareable-url', place: { path: '$.url' }, message: 'a shared view has a url' });
  } else if (/[|# ]/.test(url)) {
    faults.push({
      rule: 'shareable-url',
      severity: 'warning',
      place: { path: '$.url' },
      message: 'a url with |, # or a blank cannot be referred to (cnl-1)',
    });
  }
  if (typeof name !== 'string') {
    faults.push({ rule: 'shareable-name', place: { path: '$.name' }, message: 'a shared view has a name' });
  }
  faults.push(...versionFaults(fhirVersion));
  for (const { path, type } of places) {
    if (type !== undefined) continue;
    const known = columns.find((column) => column.path === path)?.planned.column.fhirType;
    faults.push({
      rule: 'shareable-column-type',
      place: { path: `${path}.name` },
      message: 'a shared view declares the type of each column',
      ...(known === null || known === undefined ? {} : { suggestion: `"type": "${known}"` }),
    });
  }
  return [...faults, ...texts.flatMap(functionFaults)];
}

/** Codes of http://hl7.org/fhir/ValueSet/FHIR-version: `4.0`, `4.0.1`, `6.0.0-ballot3`. */
function versionFaults(fhirVersion: unknown): readonly Fault[] {
  const rule = 'shareable-fhir-version';
  if (!Array.isArray(fhirVersion) || fhirVersion.length === 0) {
    return [
      {
        rule,
        place: { path: '$.fhirVersion' },
        message: 'a shared view says for which versions of FHIR it is, as a list',
        suggestion: '"fhirVersion": ["4.0.1"]',
      },
    ];
  }
  return fhirVersion.flatMap((version: unknown, index): readonly Fault[] =>
    typeof version === 'string' && /^\d+\.\d+(\.\d+(-[a-z]+\d*)?)?$/.test(version)
      ? []
      : [{ rule, place: { path: `$.fhirVersion[${index}]` }, message: 'this is no version of FHIR' }],
  );
}

function functionFaults({ path, syntax }: PathText): readonly Fault[] {
  if (syntax instanceof SyntaxFault) return [];
  return [...nodesOf(syntax)].flatMap((node): readonly Fault[] => {
    if (node.kind !== 'call' || SHAREABLE.has(node.name)) return [];
    return [
      {
        rule: 'shareable-function',
        place: { path, column: node.column },
        message: EXPERIMENTAL.has(node.name)
          ? `${node.name}() is experimental: it may still change`
          : `${node.name}() is not among the functions that every runner has`,
      },
    ];
  });
}
