import { z } from 'zod';
import type { ConstantType, ViewColumn, ViewDefinition, ViewIteration, ViewSelect } from './definition.ts';
import { CONSTANT_TYPES } from './definition.ts';
import { viewInvalid } from './view-error.ts';

export type { ViewColumn, ViewConstant, ViewDefinition, ViewIteration, ViewSelect } from './definition.ts';

const sqlName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be a name of letters, digits and _');
const path = z.string().min(1);
/** What every FHIR element may carry besides its own content. */
const element = { id: z.string().optional(), extension: z.array(z.unknown()).optional() };

const columnSchema = z.strictObject({
  ...element,
  name: sqlName,
  path,
  description: z.string().optional(),
  type: z.string().min(1).optional(),
  collection: z.boolean().optional(),
  tag: z.array(z.strictObject({ ...element, name: z.string(), value: z.string() })).optional(),
});

interface SelectInput {
  readonly column?: readonly z.output<typeof columnSchema>[] | undefined;
  readonly select?: readonly SelectInput[] | undefined;
  readonly unionAll?: readonly SelectInput[] | undefined;
  readonly forEach?: string | undefined;
  readonly forEachOrNull?: string | undefined;
  readonly repeat?: readonly string[] | undefined;
}

const selectSchema: z.ZodType<SelectInput> = z.lazy(() =>
  z
    .strictObject({
      ...element,
      column: z.array(columnSchema).optional(),
      select: z.array(selectSchema).optional(),
      unionAll: z.array(selectSchema).optional(),
      forEach: path.optional(),
      forEachOrNull: path.optional(),
      repeat: z.array(path).min(1).optional(),
    })
    .refine(
      (select) =>
        [select.forEach, select.forEachOrNull, select.repeat].filter((each) => each !== undefined).length <=
        1,
      'at most one of forEach, forEachOrNull and repeat',
    ),
);

const constantKeys: ReadonlyMap<string, ConstantType> = new Map(
  CONSTANT_TYPES.map((type) => [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`, type]),
);

const constantSchema = z
  .looseObject({ ...element, name: sqlName })
  .transform((constant, context): { name: string; type: ConstantType; value: string | number | boolean } => {
    const values = Object.entries(constant).filter(([key]) => !(key in element) && key !== 'name');
    const [first, ...rest] = values;
    const type = first === undefined ? undefined : constantKeys.get(first[0]);
    if (first === undefined || rest.length > 0 || type === undefined) {
      context.addIssue({ code: 'custom', message: 'must have exactly one value[x] of a known type' });
      return z.NEVER;
    }
    const value = constantValue(type, first[1]);
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: `is not a ${type}`, path: [first[0]] });
      return z.NEVER;
    }
    return { name: constant.name, type, value };
  });

/** Metadata of the canonical resource (url, title, contact and the like) may be anything: no rows follow from it. */
const viewSchema = z.looseObject({
  resourceType: z.string().optional(),
  name: sqlName.optional(),
  resource: z.string().min(1),
  constant: z.array(constantSchema).optional(),
  where: z.array(z.strictObject({ ...element, path, description: z.string().optional() })).optional(),
  select: z.array(selectSchema).min(1),
});

/** Every fault in the structure of a ViewDefinition, not only the first. */
export function structureIssues(input: unknown): readonly z.core.$ZodIssue[] {
  return viewSchema.safeParse(input).error?.issues ?? [];
}

/**
 * Checks the JSON of a ViewDefinition. Throws `view-invalid` with `origin` and the JSON `path` of the first
 * fault. FHIRPath inside it is checked by `planView`.
 */
export function parseViewDefinition(input: unknown, origin = 'view'): ViewDefinition {
  const parsed = viewSchema.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw viewInvalid(
      { origin, path: jsonPath(issue?.path ?? []) },
      issue?.message ?? 'is not a ViewDefinition',
    );
  }
  const view = parsed.data;
  const constants = view.constant ?? [];
  constants.forEach((constant, index) => {
    if (constants.findIndex((other) => other.name === constant.name) !== index) {
      throw viewInvalid(
        { origin, path: `$.constant[${index}].name` },
        `constant ${constant.name} is defined twice`,
      );
    }
  });
  return {
    origin,
    name: view.name ?? 'view',
    resource: view.resource,
    constants,
    where: (view.where ?? []).map((where) => where.path),
    select: view.select.map(toSelect),
  };
}

function toSelect(input: SelectInput): ViewSelect {
  return {
    columns: (input.column ?? []).map(toColumn),
    selects: (input.select ?? []).map(toSelect),
    unionAll: (input.unionAll ?? []).map(toSelect),
    iteration: toIteration(input),
  };
}

function toIteration(input: SelectInput): ViewIteration | null {
  if (input.forEach !== undefined) return { kind: 'forEach', path: input.forEach };
  if (input.forEachOrNull !== undefined) return { kind: 'forEachOrNull', path: input.forEachOrNull };
  if (input.repeat !== undefined) return { kind: 'repeat', paths: input.repeat };
  return null;
}

function toColumn(input: z.output<typeof columnSchema>): ViewColumn {
  return {
    name: input.name,
    path: input.path,
    type:
      input.type === undefined
        ? null
        : input.type.replace(/^http:\/\/hl7\.org\/fhir\/StructureDefinition\//, ''),
    isCollection: input.collection ?? false,
    tags: Object.fromEntries((input.tag ?? []).map((tag) => [tag.name, tag.value])),
  };
}

function constantValue(type: ConstantType, value: unknown): string | number | boolean | undefined {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
    case 'positiveInt':
    case 'unsignedInt':
      return Number.isSafeInteger(value) ? (value as number) : undefined;
    case 'integer64':
      return Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,19}$/.test(value))
        ? (value as number | string)
        : undefined;
    case 'decimal':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'base64Binary':
    case 'canonical':
    case 'code':
    case 'date':
    case 'dateTime':
    case 'id':
    case 'instant':
    case 'oid':
    case 'string':
    case 'time':
    case 'uri':
    case 'url':
    case 'uuid':
      return typeof value === 'string' ? value : undefined;
    default:
      return type satisfies never;
  }
}

function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    '$',
  );
}
