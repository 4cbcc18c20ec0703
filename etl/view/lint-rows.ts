import type { ViewColumn, ViewDefinition, ViewSelect } from './definition.ts';
import type { NamedPlace } from './lint-names.ts';
import type { ObservedColumn } from './lint-observe.ts';
import type { Fault } from './lint-rule.ts';

/** Columns that only say which record a row comes from: no loss when the rows go. */
const KEY_PATH = /^(id|(.*\.)?get(Resource|Reference)Key\([^)]*\))$/;

/**
 * Where forEach drops more than its own rows: a record without such elements loses the other columns, too, and
 * the rows of other iterations.
 */
export function rowHints(view: ViewDefinition): readonly Fault[] {
  return view.select.flatMap((select, index) =>
    hints(select, `$.select[${index}]`, worth(view.select) - worth([select])),
  );
}

function hints(select: ViewSelect, path: string, outside: number): readonly Fault[] {
  const own: readonly Fault[] =
    select.iteration?.kind === 'forEach' && outside > 0
      ? [
          {
            rule: 'rows-lost',
            place: { path, key: 'forEach' },
            message: 'a record without such elements gives no row, and loses its other columns',
            suggestion: 'forEachOrNull keeps one row for it',
            replacement: 'forEachOrNull',
          },
        ]
      : [];
  const around = select.iteration === null ? outside : 0;
  const columns = select.columns.filter((column) => !KEY_PATH.test(column.path)).length;
  const inner = select.selects.flatMap((each, index) =>
    hints(
      each,
      `${path}.select[${index}]`,
      around + columns + worth(select.selects) - worth([each]) + worth(select.unionAll.slice(0, 1)),
    ),
  );
  return [...own, ...inner];
}

/** How many columns, keys aside, would be missed. */
function worth(selects: readonly ViewSelect[]): number {
  return selects.reduce(
    (sum, select) =>
      sum +
      select.columns.filter((column) => !KEY_PATH.test(column.path)).length +
      worth(select.selects) +
      worth(select.unionAll.slice(0, 1)),
    0,
  );
}

/** The columns of the output in their order, each where it is first defined. */
export function outputColumns(selects: readonly ViewSelect[], path = '$.select'): readonly NamedPlace[] {
  return selects.flatMap((select, index) => columnsIn(select, `${path}[${index}]`));
}

function columnsIn(select: ViewSelect, at: string): readonly NamedPlace[] {
  return [
    ...select.columns.map(({ name }, column) => ({ name, path: `${at}.column[${column}].name` })),
    ...outputColumns(select.selects, `${at}.select`),
    ...outputColumns(select.unionAll.slice(0, 1), `${at}.unionAll`),
  ];
}

/** Every column with its JSON path, those of later branches of a union too. */
export function columnsAt(
  selects: readonly ViewSelect[],
  path = '$.select',
): readonly (readonly [string, ViewColumn])[] {
  return selects.flatMap((select, index) => {
    const at = `${path}[${index}]`;
    return [
      ...select.columns.map((column, its) => [`${at}.column[${its}]`, column] as const),
      ...columnsAt(select.selects, `${at}.select`),
      ...columnsAt(select.unionAll, `${at}.unionAll`),
    ];
  });
}

/** A branch of unionAll that differs from the first is told at the first column that does. */
export function atColumn(fault: Fault, view: ViewDefinition, columns: readonly ObservedColumn[]): Fault {
  const [, union, index] = /^(.*\.unionAll)\[(\d+)\]$/.exec(fault.place.path) ?? [];
  if (fault.rule !== 'union-mismatch' || union === undefined) return fault;
  const [first, branch] = [0, Number(index)].map((at) => {
    const select = selectAt(view, `${union}[${at}]`);
    return select === undefined ? [] : columnsIn(select, `${union}[${at}]`);
  });
  const typeOf = ({ path }: NamedPlace): string | undefined => {
    const column = columns.find((each) => `${each.path}.name` === path)?.planned.column;
    return column && `${column.sqlType} ${column.isCollection}`;
  };
  const isOdd = (place: NamedPlace, at: number): boolean => {
    const other = first?.[at];
    return other?.name !== place.name || (other !== undefined && typeOf(other) !== typeOf(place));
  };
  const names = (places: readonly NamedPlace[] = []): string => places.map(({ name }) => name).join();
  const isNamed = names(first) === names(branch);
  const odd = branch?.find((place, at) => (isNamed ? isOdd(place, at) : first?.[at]?.name !== place.name));
  return odd === undefined ? fault : { ...fault, place: { path: odd.path } };
}

function selectAt(view: ViewDefinition, path: string): ViewSelect | undefined {
  let found: ViewSelect | undefined;
  for (const [, key, index] of path.matchAll(/\.(select|unionAll)\[(\d+)\]/g)) {
    const from = found === undefined ? view.select : key === 'unionAll' ? found.unionAll : found.selects;
    found = from[Number(index)];
  }
  return found;
}
