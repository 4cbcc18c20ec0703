import { ChiasmError } from '../../base/error.ts';
import { createNames, list, literal, NOTHING, variable } from './build.ts';
import { compile } from './compile.ts';
import { compileRepeat } from './compile-repeat.ts';
import type { ViewColumn, ViewConstant, ViewDefinition, ViewSelect } from './definition.ts';
import type { Expression } from './expression.ts';
import type { PlanColumn, PlannedColumn } from './plan-column.ts';
import { mergeColumns, planColumn } from './plan-column.ts';
import { RECORD, type RowColumn, type Rows } from './rows.ts';
import { schemaFor } from './schema.ts';
import type { Schema } from './schema-lookup.ts';
import type { CompileContext, Scope } from './scope.ts';
import type { Island, ShapeFields } from './shape.ts';
import { collectShapes } from './shape.ts';
import type { Syntax } from './syntax.ts';
import { parseFhirPath, SyntaxFault } from './syntax.ts';
import { INTEGER, primitive } from './type.ts';
import { resolveChoice } from './value.ts';
import { viewInvalid } from './view-error.ts';

export type { PlanColumn } from './plan-column.ts';

/** A view ready to be printed: plain data, nothing in it refers to files or to a database. */
export interface ViewPlan {
  readonly name: string;
  readonly resource: string;
  /** What is read of each record. */
  readonly shape: ShapeFields;
  readonly islands: Readonly<Record<string, Island>>;
  /** In the order of the output; the index is the slot that `rows` fills. */
  readonly columns: readonly PlanColumn[];
  /** All must be true for a record to give rows. */
  readonly where: readonly Expression[];
  readonly rows: Rows;
}

/** Follows the planning of a view, to tell all that is wrong with it. Paths are JSON paths. */
export interface PlanObserver {
  /** Called in place of throwing; the planning goes on, and its result is only good for looking at. */
  fault(error: ChiasmError): void;
  node(path: string, syntax: Syntax, result: Expression, scope: Scope): void;
  /** What the path of a column yields, before it is fitted to the column. */
  column(path: string, value: Expression, planned: PlannedColumn): void;
}

/** Resolves every path against the schema. Throws `view-invalid` with `origin` and JSON `path`. */
export function planView(
  view: ViewDefinition,
  schema: Schema = schemaFor(view.resource),
  observer?: PlanObserver,
): ViewPlan {
  const { origin } = view;
  const resourceType = schema.resource(view.resource);
  if (resourceType === null) {
    throw viewInvalid({ origin, path: '$.resource' }, `there is no resource type ${view.resource}`);
  }
  const record = variable(RECORD, resourceType);
  const names = createNames();
  const constants = new Map(view.constants.map((constant) => [constant.name, constantOf(constant, schema)]));
  const columns: PlanColumn[] = [];
  const untyped = new Set<PlanColumn>();

  const attempt = <T>(work: () => T, otherwise: T): T => {
    if (observer === undefined) return work();
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ChiasmError)) throw error;
      observer.fault(error);
      return otherwise;
    }
  };
  const contextAt = (path: string, label: string): CompileContext => ({
    ...(observer && { observe: (syntax, result, scope) => observer.node(path, syntax, result, scope) }),
    schema,
    names,
    constants,
    resource: view.resource,
    record,
    label,
    fail: (problem, column) => {
      throw viewInvalid({ origin, path }, problem, column);
    },
  });
  const parseAt = (text: string, path: string): Syntax => {
    try {
      return parseFhirPath(text);
    } catch (error) {
      if (error instanceof SyntaxFault) throw viewInvalid({ origin, path }, error.message, error.column);
      throw error;
    }
  };
  const labelOf = (part: string): string => `view ${view.name}, ${part}`;

  const planWhere = (text: string, index: number): Expression => {
    const path = `$.where[${index}].path`;
    const condition = compile(parseAt(text, path), rootScope, contextAt(path, labelOf(`where ${index + 1}`)));
    const isBoolean = condition.type.kind === 'primitive' && condition.type.value === 'boolean';
    if (condition.isMany || !(isBoolean || condition.type.kind === 'nothing')) {
      throw viewInvalid({ origin, path }, 'a where must be a boolean');
    }
    return condition;
  };

  const planRepeat = (
    paths: readonly string[],
    place: string,
    scope: Scope,
    context: CompileContext,
  ): Expression => {
    const texts = paths.map((text, index) => ({
      syntax: parseAt(text, `${place}[${index}]`),
      context: contextAt(`${place}[${index}]`, context.label),
    }));
    return compileRepeat(scope.focus, texts, scope, context, compile);
  };

  const planSelect = (select: ViewSelect, path: string, scope: Scope): Rows => {
    const { iteration } = select;
    if (iteration === null) return planBody(select, path, scope);
    const isRepeat = iteration.kind === 'repeat';
    const place = `${path}.${iteration.kind}`;
    const context = contextAt(place, labelOf(iteration.kind));
    const over = attempt(
      () =>
        isRepeat
          ? planRepeat(iteration.paths, place, scope, context)
          : resolveChoice(compile(parseAt(iteration.path, place), scope, context)),
      NOTHING,
    );
    // `$this` of the record is the record still, with a key of its own
    if (over === record) {
      return planBody(select, path, { focus: record, context: record, index: null, rowIndex: literal(0) });
    }
    const name = names.next('v');
    const focus = over.kind === 'nothing' ? NOTHING : variable(name, over.type);
    const rowIndex = variable(`${name}_index`, INTEGER);
    const body = planBody(select, path, { focus, context: focus, index: null, rowIndex });
    return {
      kind: 'iterate',
      over: list(over),
      variable: name,
      orNull: iteration.kind === 'forEachOrNull',
      body,
    };
  };

  const planBody = (select: ViewSelect, path: string, scope: Scope): Rows => {
    const own = select.columns.map((definition, index): RowColumn => {
      const place = `${path}.column[${index}].path`;
      const label = labelOf(`column ${definition.name}`);
      const planned = attempt(() => {
        const value = compile(parseAt(definition.path, place), scope, contextAt(place, label));
        const fitted = planColumn(definition, value, label, schema, (problem) => {
          throw viewInvalid({ origin, path: `${path}.column[${index}]` }, problem);
        });
        observer?.column(`${path}.column[${index}]`, value, fitted);
        return fitted;
      }, unplanned(definition));
      columns.push(planned.column);
      if (planned.isUntyped === true) untyped.add(planned.column);
      return { slot: columns.length - 1, expression: planned.expression };
    });
    const parts: Rows[] = [
      ...(own.length === 0 ? [] : [{ kind: 'columns', columns: own } as const]),
      ...select.selects.map((each, index) => planSelect(each, `${path}.select[${index}]`, scope)),
      ...(select.unionAll.length === 0 ? [] : [planUnion(select.unionAll, `${path}.unionAll`, scope)]),
    ];
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'cross', parts };
  };

  const planUnion = (selects: readonly ViewSelect[], path: string, scope: Scope): Rows => {
    const start = columns.length;
    const branches = selects.map((select, index) => {
      const branchStart = columns.length;
      const branch = planSelect(select, `${path}[${index}]`, scope);
      if (index === 0) return branch;
      // Later branches fill the slots of the first.
      const added = columns.splice(branchStart);
      const first = columns.slice(start);
      const fail = (problem: string): never => {
        throw viewInvalid(
          { origin, path: `${path}[${index}]` },
          `the branches of unionAll differ in ${problem}`,
        );
      };
      attempt(() => {
        if (namesOf(first) !== namesOf(added)) fail(`columns: (${namesOf(first)}) and (${namesOf(added)})`);
        first.forEach((column, at) => {
          const merged = mergeColumns(column, added[at] ?? column, (each) => untyped.has(each));
          columns[start + at] = merged ?? fail(`the type of ${column.name}`);
        });
      }, undefined);
      return shiftSlots(branch, start - branchStart);
    });
    return { kind: 'union', branches };
  };

  const rootScope: Scope = { focus: record, context: record, index: null, rowIndex: literal(0) };
  const where = view.where.map((text, index) => attempt(() => planWhere(text, index), NOTHING));
  const parts = view.select.map((select, index) => planSelect(select, `$.select[${index}]`, rootScope));
  const rows: Rows = { kind: 'cross', parts };
  attempt(() => {
    if (columns.length === 0) throw viewInvalid({ origin, path: '$.select' }, 'the view has no column');
    rejectDuplicates(columns, origin);
  }, undefined);

  const shapes = collectShapes(RECORD, where, rows, schema.name === 'dicom');
  return {
    name: view.name,
    resource: view.resource,
    shape: shapes.record,
    islands: shapes.islands,
    columns,
    where,
    rows,
  };
}

/** Stands for a column that could not be planned, so that the others can. */
function unplanned({ name, isCollection, tags }: ViewColumn): PlannedColumn {
  return {
    column: { name, fhirType: null, sqlType: 'VARCHAR', isCollection, tags },
    expression: NOTHING,
    isUntyped: true,
  };
}

function constantOf(constant: ViewConstant, schema: Schema): Expression {
  const known = schema.namedType(constant.type);
  const type = known?.kind === 'primitive' ? known : undefined;
  if (type !== undefined)
    return literal(type.value === 'decimal' ? String(constant.value) : constant.value, type);
  return constant.type === 'integer64'
    ? literal(String(constant.value), primitive('integer64', 'integer', 'BIGINT'))
    : literal(constant.value);
}

function namesOf(columns: readonly PlanColumn[]): string {
  return columns.map((column) => column.name).join(', ');
}

function shiftSlots(rows: Rows, by: number): Rows {
  switch (rows.kind) {
    case 'columns':
      return { ...rows, columns: rows.columns.map((column) => ({ ...column, slot: column.slot + by })) };
    case 'cross':
      return { ...rows, parts: rows.parts.map((part) => shiftSlots(part, by)) };
    case 'iterate':
      return { ...rows, body: shiftSlots(rows.body, by) };
    case 'union':
      return { ...rows, branches: rows.branches.map((branch) => shiftSlots(branch, by)) };
    default:
      return rows satisfies never;
  }
}

/** SQL names are the same in upper and lower case. */
function rejectDuplicates(columns: readonly PlanColumn[], origin: string): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw viewInvalid({ origin, path: '$.select' }, `column ${name} is there twice`);
    }
    seen.add(name.toLowerCase());
  }
}
