import { sqlString } from '../../base/sql-text.ts';
import type { Expression } from './expression.ts';
import type { ShapeFields } from './shape.ts';
import type { Environment, Print } from './sql-print.ts';
import { shapeStructure } from './sql-shape.ts';

/**
 * The transitive closure of the paths as a list of JSON, in pre-order, of any depth, without a recursive query:
 * each element carries its place as a list of numbers, each round appends the children of the last round, and
 * sorting by place gives the order. A first pass over the nodes alone finds how many rounds there are; the
 * number of times the walked names occur in the JSON bounds that pass.
 */
export function printRepeat(
  repeat: Expression & { readonly kind: 'repeat' },
  walk: ShapeFields,
  environment: Environment,
  print: Print,
  fresh: () => string,
): string {
  const childrenOf = (node: string): readonly string[] => {
    const decoded = `json_transform(${node}, ${shapeStructure(walk)})`;
    const inner = new Map(environment).set(repeat.variable, { sql: decoded, fields: walk, isJson: false });
    return repeat.steps.filter((step) => step.kind !== 'nothing').map((step) => print(step, inner).sql);
  };
  const concat = (lists: readonly string[]): string =>
    lists.length === 0 ? '[]' : `list_concat(${lists.map((list) => `coalesce(${list}, [])`).join(', ')})`;
  /** Numbers the elements of each list: (position of the list, position in the list). */
  const placed = (lists: readonly string[], parent: string): readonly string[] =>
    lists.map((list, path) => {
      const [node, at] = [fresh(), fresh()];
      return `list_transform(${list}, lambda ${node}, ${at}: {'place': list_concat(${parent}, [${path}, ${at}]), 'node': ${node}})`;
    });

  const [start, state, unused, element, text, final, depth] = Array.from({ length: 7 }, fresh) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const starts = repeat.paths
    .filter((path) => path.kind !== 'nothing')
    .map((path) => print(path, environment).sql);
  const first = concat(placed(starts, '[]::bigint[]'));

  const occurrences = repeat.names
    .map((name) => {
      const key = JSON.stringify(name);
      return `(length(${text}) - length(replace(${text}, ${sqlString(key)}, ''))) // ${key.length}`;
    })
    .join(' + ');
  const bound = `coalesce(list_sum(list_transform(${start}, lambda ${element}: (list_transform([${element}.node::varchar], lambda ${text}: ${occurrences || '0'}))[1])), 0)::bigint + 2`;
  const nextNodes = `flatten(list_transform(${state}.nodes, lambda ${element}: ${concat(childrenOf(element))}))`;
  const rounds =
    `list_reduce(list_resize([{'nodes': list_transform(${start}, lambda ${element}: ${element}.node), 'rounds': 0}], ${bound}), ` +
    `lambda ${state}, ${unused}: case when len(${state}.nodes) = 0 then ${state} ` +
    `else {'nodes': ${nextNodes}, 'rounds': ${state}.rounds + 1} end).rounds`;
  const nextPlaced =
    `list_concat(${state}, flatten(list_transform(` +
    `list_filter(${state}, lambda ${element}: len(${element}.place) = ${depth}), ` +
    `lambda ${element}: ${concat(placed(childrenOf(`${element}.node`), `${element}.place`))})))`;
  // DuckDB numbers the first call of the lambda 2; round n looks at places of 2n numbers.
  const all =
    `list_reduce(list_resize([${start}], greatest(${rounds}, 1)), ` +
    `lambda ${state}, ${unused}, ${final}: (list_transform([2 * (${final} - 1)], lambda ${depth}: ${nextPlaced}))[1])`;
  return (
    `(list_transform([${first}], lambda ${start}: ` +
    `list_transform(list_sort(${all}), lambda ${element}: ${element}.node)))[1]`
  );
}
