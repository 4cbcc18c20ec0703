import type { RowColumn, Rows } from './rows.ts';
import { slotsOf } from './rows.ts';
import { type Environment, type Print, plain } from './sql-print.ts';

/** A part of a record's rows: one row (columns by slot) or a SQL list of structs with a field per slot. */
export interface PrintedParts {
  readonly columns: ReadonlyMap<number, string>;
  readonly lists: readonly { readonly sql: string; readonly slots: readonly number[] }[];
}

export const slotName = (slot: number): string => `c${slot}`;

/** The parts whose product is the rows. */
export function printParts(
  rows: Rows,
  environment: Environment,
  print: Print,
  printColumn: (column: RowColumn, environment: Environment) => string,
): PrintedParts {
  let count = 0;

  const partsOf = (node: Rows, scope: Environment): PrintedParts => {
    switch (node.kind) {
      case 'columns':
        return {
          columns: new Map(node.columns.map((each) => [each.slot, printColumn(each, scope)])),
          lists: [],
        };
      case 'cross': {
        const parts = node.parts.map((part) => partsOf(part, scope));
        return {
          columns: new Map(parts.flatMap((part) => [...part.columns])),
          lists: parts.flatMap((part) => part.lists),
        };
      }
      case 'iterate':
      case 'union':
        return { columns: new Map(), lists: [{ sql: listOf(node, scope), slots: slotsOf(node) }] };
      default:
        return node satisfies never;
    }
  };

  const listOf = (node: Rows, scope: Environment): string => {
    switch (node.kind) {
      case 'columns':
      case 'cross':
        return productOf(partsOf(node, scope));
      case 'union':
        return `list_concat(${node.branches.map((branch) => `coalesce(${listOf(branch, scope)}, [])`).join(', ')})`;
      case 'iterate': {
        const { variable } = node;
        const index = `${variable}_index`;
        const over = print(node.over, scope);
        const elements = node.orNull ? `coalesce(nullif(${over.sql}, []), [null])` : over.sql;
        const inner = new Map(scope)
          .set(variable, { ...over, sql: variable })
          .set(index, plain(`(${index} - 1)::integer`));
        const body = partsOf(node.body, inner);
        const isOne = body.lists.length === 0;
        const each = isOne ? structOf(body.columns) : productOf(body);
        const parameters = each.includes(index) ? `${variable}, ${index}` : variable;
        const mapped = `list_transform(${elements}, lambda ${parameters}: ${each})`;
        return isOne ? mapped : `flatten(${mapped})`;
      }
      default:
        return node satisfies never;
    }
  };

  const productOf = ({ columns, lists }: PrintedParts): string => {
    const nest = (depth: number, filled: ReadonlyMap<number, string>): string => {
      const part = lists[depth];
      if (part === undefined) return `[${structOf(filled)}]`;
      const name = `p${++count}`;
      const more = new Map([
        ...filled,
        ...part.slots.map((slot) => [slot, `${name}.${slotName(slot)}`] as const),
      ]);
      return depth === lists.length - 1
        ? `list_transform(${part.sql}, lambda ${name}: ${structOf(more)})`
        : `flatten(list_transform(${part.sql}, lambda ${name}: ${nest(depth + 1, more)}))`;
    };
    return nest(0, columns);
  };

  return partsOf(rows, environment);
}

/** Fields in the order of their slots, so that the structs of all branches agree. */
function structOf(columns: ReadonlyMap<number, string>): string {
  const fields = [...columns].sort(([a], [b]) => a - b).map(([slot, sql]) => `'${slotName(slot)}': ${sql}`);
  // A select may have no column and still decide how many rows there are.
  return fields.length === 0 ? "{'row': true}" : `{${fields.join(', ')}}`;
}
