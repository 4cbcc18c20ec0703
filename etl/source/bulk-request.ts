import type { BulkVersion } from './bulk-capability.ts';
import { type FhirBulkSource, scopeOf } from './bulk-config.ts';

/** What one export asks for, besides what the source always asks for. */
export interface ExportRequest {
  /** None: whatever the server exports. */
  readonly types: readonly string[] | null;
  readonly since: string | null;
  readonly until: string | null;
  /** Only these patients, by id. */
  readonly patients: readonly string[] | null;
  /** Only these elements; null: the source's own choice. */
  readonly elements: readonly string[] | null;
}

export interface KickOff {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Parameter {
  readonly name: string;
  readonly kind: 'string' | 'instant' | 'coding' | 'reference' | 'boolean';
  readonly values: readonly string[];
}

const ASSOCIATED_DATA_SYSTEM = 'http://hl7.org/fhir/uv/bulkdata/CodeSystem/include-associated-data';

/**
 * The kick-off request: a GET for STU2 and STU3, a POST of Parameters for the 4.0.0 ballot and wherever patients are
 * named (https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-kick-off-request). Pure.
 */
export function kickOffRequest(
  source: FhirBulkSource,
  request: ExportRequest,
  version: BulkVersion,
): KickOff {
  const level = { system: '', patient: 'Patient/', group: `${scopeOf(source).level}/` }[source.level.kind];
  const url = `${source.url}/${level}$export`;
  const prefer = source.lenient ? 'respond-async, handling=lenient' : 'respond-async';
  const headers = { accept: 'application/fhir+json', prefer };
  const parameters = parametersOf(source, request);
  const isPost = version === 'ballot4' || parameters.some((each) => each.kind === 'reference');
  if (!isPost) return { method: 'GET', url: `${url}?${queryOf(parameters, source.lists)}`, headers };
  const body = JSON.stringify({
    resourceType: 'Parameters',
    parameter: parameters.flatMap((each) =>
      each.values.map((value) => ({ name: each.name, ...typedValue(each.kind, value, version) })),
    ),
  });
  return { method: 'POST', url, headers: { ...headers, 'content-type': 'application/fhir+json' }, body };
}

function parametersOf(source: FhirBulkSource, request: ExportRequest): readonly Parameter[] {
  const types = request.types;
  const filters = source.typeFilters.filter(
    (filter) => types === null || types.some((type) => filter.startsWith(`${type}?`)),
  );
  const optional = (value: string | null | undefined): readonly string[] =>
    value === null || value === undefined ? [] : [value];
  const all: readonly Parameter[] = [
    { name: '_outputFormat', kind: 'string', values: [source.outputFormat] },
    { name: '_type', kind: 'string', values: types ?? [] },
    { name: '_since', kind: 'instant', values: optional(request.since) },
    { name: '_until', kind: 'instant', values: optional(request.until) },
    { name: '_typeFilter', kind: 'string', values: filters },
    { name: '_elements', kind: 'string', values: request.elements ?? source.elements },
    { name: 'patient', kind: 'reference', values: request.patients ?? source.patient },
    { name: 'includeAssociatedData', kind: 'coding', values: source.includeAssociatedData },
    { name: 'organizeOutputBy', kind: 'string', values: optional(source.organizeOutputBy) },
    { name: 'allowPartialManifests', kind: 'boolean', values: source.allowPartialManifests ? ['true'] : [] },
  ];
  return all.filter((parameter) => parameter.values.length > 0);
}

/** Servers split lists at commas, so that a comma inside a search is written in the search's own encoding. */
function queryOf(parameters: readonly Parameter[], lists: 'comma' | 'repeat'): string {
  const pairs: string[] = [];
  for (const { name, values } of parameters) {
    const parts = values.map((value) =>
      encodeURIComponent(name === '_typeFilter' ? value.replaceAll(',', '%2C') : value),
    );
    if (lists === 'comma') pairs.push(`${name}=${parts.join(',')}`);
    else pairs.push(...parts.map((part) => `${name}=${part}`));
  }
  return pairs.join('&');
}

function typedValue(
  kind: Parameter['kind'],
  value: string,
  version: BulkVersion,
): Readonly<Record<string, unknown>> {
  switch (kind) {
    case 'string':
      return { valueString: value };
    case 'instant':
      return { valueInstant: value };
    case 'boolean':
      return { valueBoolean: true };
    case 'reference':
      return { valueReference: { reference: `Patient/${value}` } };
    case 'coding':
      if (version !== 'ballot4') return { valueCode: value };
      return {
        valueCoding: value.startsWith('_')
          ? { code: value }
          : { system: ASSOCIATED_DATA_SYSTEM, code: value },
      };
    default:
      return kind satisfies never;
  }
}
