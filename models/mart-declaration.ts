import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ChiasmError } from '../base/error.ts';
import { packageRoot } from '../base/package-root.ts';
import { type MartTrace, martTrace } from './mart-trace.ts';

const snakeCase = z.string().regex(/^[a-z][a-z0-9_]*$/);
const sentence = z.string().min(1);

/** Since which release something should not be used any more, and what instead. */
const deprecation = z.strictObject({ since: z.string().regex(/^\d+\.\d+\.\d+$/), use: sentence });

const martColumn = z.strictObject({
  name: snakeCase,
  /** A DuckDB type, as `typeof()` prints it (`TIMESTAMPTZ` for `TIMESTAMP WITH TIME ZONE`). */
  type: z.enum(['UUID', 'VARCHAR', 'BOOLEAN', 'INTEGER', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMPTZ']),
  description: sentence,
  unit: z.string().min(1).optional(),
  /** `false` is a promise that a check holds; `true` (the default) promises nothing. */
  nullable: z.boolean().default(true),
  deprecated: deprecation.optional(),
});

const martReference = z.strictObject({
  columns: z.array(snakeCase).min(1),
  mart: snakeCase,
  to: z.array(snakeCase).min(1),
  /** Whether the columns may be NULL or point to no row. */
  optional: z.boolean().default(false),
});

/**
 * Says that each row follows from one record, or from one row of another mart, alone: a night then computes the rows of
 * what changed, however many others their patients have.
 */
const martScope = z.strictObject({
  /** The column that names what a row follows from. */
  column: snakeCase,
  /** Every table that the SQL reads besides code tables, with its columns that name the same. */
  inputs: z.record(z.string().regex(/^(staging|marts)\.[a-z][a-z0-9_]*$/), z.array(snakeCase).min(1)),
  /** How rows lie in a file, so that readers of few codes or patients skip most of it. */
  sort: z.array(snakeCase).min(1),
});

const martDeclaration = z
  .strictObject({
    name: snakeCase,
    title: sentence,
    description: sentence,
    grain: z.string().startsWith('one row per '),
    owner: sentence,
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    deprecated: deprecation.optional(),
    key: z.array(snakeCase).min(1),
    references: z.array(martReference),
    scope: martScope.optional(),
    /** What each row opens to; none for rows that no record is behind. */
    traces: z.array(martTrace),
    columns: z.array(martColumn).min(1),
  })
  .superRefine((mart, context) => {
    const names = mart.columns.map((column) => column.name);
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    if (new Set(names).size !== names.length) complain('a column is declared twice');
    const traced = mart.traces.flatMap(tracingColumns);
    const scoped = mart.scope === undefined ? [] : [mart.scope.column, ...mart.scope.sort];
    const referring = mart.references.flatMap((reference) => reference.columns);
    for (const name of [...mart.key, ...referring, ...scoped, ...traced]) {
      if (!names.includes(name)) complain(`column ${name} is not declared`);
    }
    for (const { columns, find } of mart.traces) {
      if (find.some(({ by }) => by.length !== columns.length))
        complain('a trace compares unlike many columns');
    }
    for (const column of mart.columns) {
      if (mart.key.includes(column.name) && column.nullable)
        complain(`key ${column.name} must not be nullable`);
    }
  });

export type MartDeclaration = Readonly<z.infer<typeof martDeclaration>>;
export type MartColumn = MartDeclaration['columns'][number];
export type MartScope = NonNullable<MartDeclaration['scope']>;
export type MartReference = MartDeclaration['references'][number];

const shippedFolder = join(packageRoot, 'models/marts');
let shipped: readonly MartDeclaration[] | undefined;

/**
 * Every `models/marts/*.yaml`, by name; the shipped ones are read once.
 * @throws ChiasmError `mart-invalid` when a file breaks the shape, is named unlike its mart, or refers to a
 * mart or column that is not declared.
 */
export function loadMartDeclarations(folder: string = shippedFolder): readonly MartDeclaration[] {
  if (folder !== shippedFolder) return readMartDeclarations(folder);
  shipped ??= readMartDeclarations(folder);
  return shipped;
}

function readMartDeclarations(folder: string): readonly MartDeclaration[] {
  const marts = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => parseMartDeclaration(file, readFileSync(join(folder, file), 'utf8')));
  for (const mart of marts) checkReferences(mart, marts);
  return marts;
}

/** One declaration; `file` is its base name. */
export function parseMartDeclaration(file: string, text: string): MartDeclaration {
  const result = martDeclaration.safeParse(parse(text));
  if (!result.success) {
    throw new ChiasmError('mart-invalid', `${file}: ${z.prettifyError(result.error)}`, { params: { file } });
  }
  if (`${result.data.name}.yaml` !== file) {
    throw new ChiasmError('mart-invalid', `${file} declares a mart of another name`, { params: { file } });
  }
  return result.data;
}

function tracingColumns({ columns, named_by }: MartTrace): readonly string[] {
  return named_by === undefined ? columns : [...columns, named_by];
}

function checkReferences(mart: MartDeclaration, marts: readonly MartDeclaration[]): void {
  for (const reference of mart.references) {
    const target = marts.find((other) => other.name === reference.mart);
    const columns = target?.columns.map((column) => column.name) ?? [];
    const isSound =
      reference.to.length === reference.columns.length &&
      reference.to.every((name) => columns.includes(name));
    if (!isSound) {
      throw new ChiasmError(
        'mart-invalid',
        `${mart.name} refers to ${reference.mart} in a way that does not fit`,
        {
          params: { mart: mart.name, to: reference.mart },
        },
      );
    }
  }
}
