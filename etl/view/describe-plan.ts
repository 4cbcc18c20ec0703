import type { ViewPlan } from './plan.ts';
import type { Rows } from './rows.ts';
import { slotsOf } from './rows.ts';
import type { Shape, ShapeFields } from './shape.ts';

/** A plan as a tree for people: what is read of a record, and how its rows come about. */
export function describePlan(plan: ViewPlan): string {
  const rows = simplify(plan.rows);
  return [
    `view ${plan.name} over ${plan.resource}`,
    'reads',
    ...indent(describeFields(plan.shape)),
    ...Object.entries(plan.islands).flatMap(([name, island]) => [
      `reads of the elements found by ${name}`,
      ...indent(describeFields({ ...island.walk, ...island.node })),
    ]),
    plan.where.length === 0
      ? 'keeps every record'
      : `keeps records where ${plan.where.length} condition(s) hold`,
    'rows',
    ...indent(describeRows(rows, plan)),
  ].join('\n');
}

function describeFields(fields: ShapeFields): readonly string[] {
  return Object.entries(fields).flatMap(([name, shape]) => [
    `${name}${shape.isList ? '[]' : ''}${kindOf(shape)}`,
    ...(shape.kind === 'scalar' ? [] : indent(describeFields(shape.fields))),
  ]);
}

function kindOf(shape: Shape): string {
  switch (shape.kind) {
    case 'scalar':
      return ` ${shape.isExact ? 'text of the number' : shape.json}`;
    case 'json':
      return ' whole, as JSON';
    case 'struct':
      return '';
    default:
      return shape satisfies never;
  }
}

/** A cross of one part is that part. */
function simplify(rows: Rows): Rows {
  const [only] = rows.kind === 'cross' ? rows.parts : [];
  return rows.kind === 'cross' && rows.parts.length === 1 && only !== undefined ? simplify(only) : rows;
}

function describeRows(rows: Rows, plan: ViewPlan): readonly string[] {
  const inner = (node: Rows): readonly string[] => indent(describeRows(simplify(node), plan));
  switch (rows.kind) {
    case 'columns':
      return rows.columns.map(({ slot }) => {
        const column = plan.columns[slot];
        const type = `${column?.sqlType ?? ''}${column?.isCollection === true ? '[]' : ''}`;
        return `${column?.name ?? ''} ${type}${column?.fhirType ? ` (${column.fhirType})` : ''}`;
      });
    case 'cross':
      return ['every combination of', ...rows.parts.flatMap((part) => indent(['rows', ...inner(part)]))];
    case 'union':
      return [
        'one after the other',
        ...rows.branches.flatMap((branch) => indent(['rows', ...inner(branch)])),
      ];
    case 'iterate': {
      const walk = rows.over.kind === 'list' ? rows.over.of.kind : rows.over.kind;
      const what = walk === 'repeat' ? 'element, at any depth' : 'element';
      const none = rows.orNull ? ', or once on nothing' : '';
      return [`for each ${what}${none} (${slotsOf(rows).length} columns)`, ...inner(rows.body)];
    }
    default:
      return rows satisfies never;
  }
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
