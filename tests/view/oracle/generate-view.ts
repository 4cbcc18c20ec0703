import fc from 'fast-check';
import { Choices } from './choices.ts';
import { CONSTANTS, type Column, createExpressions } from './generate-expression.ts';
import { type Draft, focusOf } from './generate-path.ts';
import { resourceArbitrary } from './generate-resource.ts';
import { type Palette, paletteOf } from './palette.ts';
import { type Kind, textOf } from './pools.ts';
import { isPrimitiveType, resourceTypes } from './r4-model.ts';

export interface OracleCase {
  readonly view: ViewJson;
  /** JSON lines of one resource type, as they are written. */
  readonly resources: readonly string[];
}

export interface ViewJson {
  readonly resourceType: 'ViewDefinition';
  readonly name: string;
  readonly status: string;
  readonly resource: string;
  readonly constant: readonly Readonly<Record<string, unknown>>[];
  readonly select: readonly SelectJson[];
  readonly where?: readonly { readonly path: string }[];
}

export interface SelectJson {
  readonly forEach?: string;
  readonly forEachOrNull?: string;
  readonly repeat?: readonly string[];
  readonly column?: readonly {
    readonly name: string;
    readonly path: string;
    readonly collection?: boolean;
  }[];
  readonly select?: readonly SelectJson[];
  readonly unionAll?: readonly SelectJson[];
}

/** The form of a select; what stands in it is decided by the numbers. */
interface Form {
  readonly kind: 'plain' | 'forEach' | 'forEachOrNull' | 'repeat';
  readonly columns: readonly (readonly number[])[];
  readonly path: readonly number[];
  readonly selects: readonly Form[];
  /** Each branch: its own iteration, and the choices for the columns that all branches share. */
  readonly union: readonly { readonly path: readonly number[]; readonly columns: readonly number[] }[];
}

/** The full length is as likely as any other: the end of the list makes everything after it plain. */
const numbers = fc.array(fc.nat(255), { maxLength: 32, size: 'max' });

const form: fc.Memo<Form> = fc.memo((depth) =>
  fc.record({
    kind: fc.constantFrom(...(['plain', 'forEach', 'forEachOrNull', 'forEachOrNull', 'repeat'] as const)),
    columns: fc.array(numbers, { minLength: depth === 3 ? 0 : 1, maxLength: 3 }),
    path: numbers,
    selects: depth <= 1 ? fc.constant([]) : fc.array(form(depth - 1), { maxLength: 2 }),
    union: fc.oneof(
      { arbitrary: fc.constant([]), weight: 4 },
      {
        arbitrary: fc.array(fc.record({ path: numbers, columns: numbers }), { minLength: 2, maxLength: 3 }),
        weight: 1,
      },
    ),
  }),
);

const common = [
  'Patient',
  'Observation',
  'Condition',
  'QuestionnaireResponse',
  'Questionnaire',
  'Encounter',
  'ImagingStudy',
];

/** A view and resources of its type, both over one palette of elements. */
export const oracleCase: fc.Arbitrary<OracleCase> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...common),
      fc.constantFrom(...resourceTypes.filter((type) => type !== 'Parameters')),
    ),
    fc.nat(15),
  )
  .chain(([type, seed]) => {
    const palette = paletteOf(seed);
    return fc
      .record({
        selects: fc.array(form(3), { minLength: 1, maxLength: 2 }),
        where: fc.oneof({ arbitrary: fc.constant(null), weight: 3 }, { arbitrary: numbers, weight: 1 }),
        resources: fc.array(resourceArbitrary(type, palette), { minLength: 1, maxLength: 4 }),
      })
      .map(({ selects, where, resources }) => ({
        view: viewOf(type, palette, selects, where),
        resources: resources.map(textOf),
      }));
  });

/** Wide views say no more than narrow ones and take DuckDB long to plan. */
const COLUMNS = 6;

function viewOf(
  resource: string,
  palette: Palette,
  forms: readonly Form[],
  where: readonly number[] | null,
): ViewJson {
  let count = 0;
  const named = ({ path, isCollection }: Column) => ({
    name: `c${count++}`,
    path,
    ...(isCollection ? { collection: true } : {}),
  });
  const root = focusOf(resource);
  const expressionsOf = (choices: readonly number[], focus?: Draft) =>
    createExpressions(new Choices(choices), palette, resource, focus === root);

  const selectOf = (each: Form, focus: Draft): SelectJson => {
    const { head, inner } = iterate(each.kind, each.path, focus);
    const isFull = (): boolean => count >= COLUMNS;
    const columns = each.columns.flatMap((choices) =>
      isFull() ? [] : [named(expressionsOf(choices, inner).column(inner))],
    );
    const selects = each.selects.flatMap((child) => (isFull() ? [] : [selectOf(child, inner)]));
    const unionAll = each.union.length === 0 || isFull() ? [] : unionOf(each.union, inner);
    return {
      ...head,
      ...(columns.length > 0 ? { column: columns } : {}),
      ...(selects.length > 0 ? { select: selects } : {}),
      ...(unionAll.length > 0 ? { unionAll } : {}),
    };
  };

  const iterate = (
    kind: Form['kind'],
    path: readonly number[],
    focus: Draft,
  ): { head: SelectJson; inner: Draft } => {
    const expressions = expressionsOf(path);
    if (kind === 'plain' || isPrimitiveType(focus.type)) return { head: {}, inner: focus };
    if (kind === 'repeat') {
      const found = expressions.recursion(focus);
      if (found !== null) return { head: { repeat: found.paths }, inner: focusOf(found.type) };
    }
    const over = expressions.iteration(focus);
    const head = kind === 'forEachOrNull' ? { forEachOrNull: over.text } : { forEach: over.text };
    return { head, inner: focusOf(over.type) };
  };

  const unionOf = (branches: Form['union'], focus: Draft): readonly SelectJson[] => {
    const kinds: readonly Kind[] = ['string', 'boolean', 'integer'];
    const names = kinds
      .slice(0, 1 + ((branches[0]?.columns.length ?? 0) % kinds.length))
      .map((kind) => ({ kind, name: `c${count++}` }));
    return branches.map(({ path, columns }, index) => {
      const { head, inner } = iterate(
        index === 0 ? 'forEach' : index === 1 ? 'plain' : 'forEachOrNull',
        path,
        focus,
      );
      const expressions = expressionsOf(columns);
      return {
        ...head,
        column: names.map(({ kind, name }) => ({ name, path: expressions.scalarOf(kind, inner, 0) })),
      };
    });
  };

  const select = forms.map((each) => selectOf(each, root));
  return {
    resourceType: 'ViewDefinition',
    name: 'oracle',
    status: 'active',
    resource,
    constant: CONSTANTS,
    select: count === 0 ? [{ column: [{ name: 'id', path: 'id' }] }] : select,
    ...(where === null ? {} : { where: [{ path: expressionsOf(where).condition(root, 0) }] }),
  };
}
