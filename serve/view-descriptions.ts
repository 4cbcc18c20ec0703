import { z } from 'zod';
import { loadViewFiles } from '../models/view-definition-files.ts';

/** What a view says of the staging table that it makes. */
export interface ViewDescription {
  /** The view's file, relative to the package. */
  readonly file: string;
  /** The type of the records that it flattens. */
  readonly resourceType: string;
  readonly description?: string;
  readonly grain?: string;
  /** By the name of the staging column. */
  readonly columns: ReadonlyMap<string, string>;
}

const column = z.object({
  name: z.string(),
  description: z.string().optional(),
  tag: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
});

interface Select {
  readonly column: readonly z.infer<typeof column>[];
  readonly select: readonly Select[];
  readonly unionAll: readonly Select[];
}

const select: z.ZodType<Select> = z.lazy(() =>
  z.object({
    column: z.array(column).default([]),
    select: z.array(select).default([]),
    unionAll: z.array(select).default([]),
  }),
);
const view = z.object({
  name: z.string(),
  resource: z.string(),
  description: z.string().optional(),
  select: z.array(select),
});

/** Columns that flattening puts in front of every staging table. */
const FRONT = [
  ['patient_key', 'The person the record belongs to; empty when it belongs to none.'],
  ['source', 'The source of the record.'],
] as const;

/** What the shipped views say, by staging table. */
export function loadViewDescriptions(): ReadonlyMap<string, ViewDescription> {
  const views = loadViewFiles().map(({ path, json }) => ({ path, ...view.parse(json) }));
  return new Map(views.map((each) => [each.name, describe(each)]));
}

function describe({
  path,
  resource,
  description,
  select: selects,
}: z.infer<typeof view> & { readonly path: string }): ViewDescription {
  const grain = /\bOne (row per [^.]+)/.exec(description ?? '')?.[1];
  return {
    file: path,
    resourceType: resource,
    ...(description === undefined ? {} : { description }),
    ...(grain === undefined ? {} : { grain: `one ${grain}` }),
    columns: new Map([...FRONT, ...selects.flatMap(columnsOf)]),
  };
}

function columnsOf(from: Select): readonly (readonly [name: string, description: string])[] {
  const own = from.column.flatMap(({ name, description, tag }) => {
    const policy = tag.find((each) => each.name === 'chiasm/privacy')?.value;
    const derived = derivedColumns(name, policy);
    return description === undefined ? derived : [[name, description] as const, ...derived];
  });
  return [...own, ...[...from.select, ...from.unionAll].flatMap(columnsOf)];
}

/** A dated column comes with others, see "A view" in docs/architecture.md. */
function derivedColumns(
  name: string,
  policy: string | undefined,
): readonly (readonly [name: string, description: string])[] {
  if (policy !== 'date' && policy !== 'birth-date') return [];
  const stem = name.replace(/_date$/, '');
  const precision = [
    `${stem}_precision`,
    `How exactly ${name} is written: year, month, day or time.`,
  ] as const;
  return policy === 'date'
    ? [precision, [`${stem}_at`, `Moment of ${name}, where time and offset are written.`]]
    : [precision, [`is_${name}_withheld`, `Whether ${name} is withheld for the person's age.`]];
}
