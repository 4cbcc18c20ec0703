import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { Expression } from './expression.ts';
import type { ViewPlan } from './plan.ts';
import { RECORD } from './rows.ts';
import type { Shape, ShapeFields } from './shape.ts';
import { printHeld } from './sql-check.ts';
import { marksNumbers, unmarkNumber, unquoteNumbers } from './sql-exact.ts';
import { printReferenceKey } from './sql-key.ts';
import { printFunction, printLiteral, printOperation } from './sql-operation.ts';
import { type Environment, letOne, type Print, type Printed, plain } from './sql-print.ts';
import { printRepeat } from './sql-repeat.ts';
import { shapeStructure } from './sql-shape.ts';
import { printBoundary } from './sql-temporal.ts';

/** The printer of typed expressions: DuckDB struct access and list functions, no subqueries. */
export function createPrinter(plan: ViewPlan): Print {
  let count = 0;
  const isMarked = marksNumbers(plan);
  const fresh = (): string => `t${++count}`;
  const bind = (value: string, use: (name: string) => string): string => letOne(value, fresh(), use);
  const withoutNulls = (list: string): string => {
    const name = fresh();
    return `list_filter(${list}, lambda ${name}: ${name} is not null)`;
  };
  const sqlOf = (expression: Expression, environment: Environment): string =>
    print(expression, environment).sql;

  const print: Print = (expression, environment) => {
    switch (expression.kind) {
      case 'nothing':
        return plain(expression.isMany ? '[]' : 'null');
      case 'variable': {
        const bound = environment.get(expression.name);
        if (bound === undefined) throw new Error(`variable ${expression.name} is not bound`);
        return bound;
      }
      case 'literal':
        return plain(
          printLiteral(
            expression.value,
            expression.type.kind === 'primitive' ? expression.type.value : 'string',
          ),
        );
      case 'field':
        return printField(expression, environment);
      case 'choice':
        throw new Error('a choice was not resolved');
      case 'quantity':
        throw new Error('a quantity was not resolved');
      case 'combine': {
        const parts = expression.parts.map((part) => print(part, environment));
        const sqls = parts.map((part) => part.sql);
        return { ...(parts[0] ?? plain('null')), sql: printCombined(sqls, expression.isMany) };
      }
      case 'guard': {
        const of = print(expression.of, environment);
        return { ...of, sql: `(case when ${sqlOf(expression.criteria, environment)} then ${of.sql} end)` };
      }
      case 'filter': {
        const of = print(expression.of, environment);
        return { ...of, sql: `list_filter(${of.sql}, ${printLambda(expression, of, environment).sql})` };
      }
      case 'map': {
        const of = print(expression.of, environment);
        const lambda = printLambda(expression, of, environment);
        const mapped = `list_transform(${of.sql}, ${lambda.sql})`;
        return { ...lambda, sql: withoutNulls(expression.body.isMany ? `flatten(${mapped})` : mapped) };
      }
      case 'all': {
        const of = print(expression.of, environment);
        const name = fresh();
        const results = `list_transform(${of.sql}, ${printLambda(expression, of, environment).sql})`;
        return plain(`(coalesce(len(list_filter(${results}, lambda ${name}: ${name} is not true)), 0) = 0)`);
      }
      case 'item': {
        const of = print(expression.of, environment);
        return { ...of, sql: `(${of.sql})[${printPosition(expression.at, environment)}]` };
      }
      case 'slice': {
        const of = print(expression.of, environment);
        const end = expression.take === null ? '' : String(expression.skip + expression.take);
        return { ...of, sql: `(${of.sql})[${expression.skip + 1}:${end}]` };
      }
      case 'single': {
        const of = print(expression.of, environment);
        const message = sqlString(`${expression.label}: more than one value where one is expected`);
        const sql = bind(
          of.sql,
          (list) => `(case when len(${list}) > 1 then error(${message}) else ${list}[1] end)`,
        );
        return { ...of, sql };
      }
      case 'list': {
        const of = print(expression.of, environment);
        return { ...of, sql: withoutNulls(`[${of.sql}]`) };
      }
      case 'exists':
        return plain(printExists(expression.of, environment));
      case 'count':
        return plain(`coalesce(len(${sqlOf(expression.of, environment)}), 0)::integer`);
      case 'distinct': {
        const of = print(expression.of, environment);
        const [each, at] = [fresh(), fresh()];
        const sql = bind(
          of.sql,
          (list) => `list_filter(${list}, lambda ${each}, ${at}: list_position(${list}, ${each}) = ${at})`,
        );
        return { ...of, sql };
      }
      case 'join':
        return plain(
          `array_to_string(nullif(${sqlOf(expression.of, environment)}, []), ${sqlOf(expression.separator, environment)})`,
        );
      case 'operation': {
        const operands = expression.operands.map((operand) => print(operand, environment));
        const sql = printOperation(
          expression,
          operands.map((operand) => operand.sql),
          bind,
        );
        const value =
          expression.operator === 'if' ? (operands.slice(1).find(isStored) ?? operands[1]) : undefined;
        return value === undefined ? plain(sql) : { ...value, sql };
      }
      case 'function':
        return plain(printScalar(expression, environment));
      case 'cast': {
        const of = sqlOf(expression.of, environment);
        if (!expression.isMany) return plain(`try_cast(${of} as ${expression.sqlType})`);
        const name = fresh();
        return plain(`list_transform(${of}, lambda ${name}: try_cast(${name} as ${expression.sqlType}))`);
      }
      case 'whole': {
        const of = print(expression.of, environment);
        const whole = of.isJson ? of.sql : `to_json(${of.sql})`;
        if (!isMarked) return plain(whole);
        if (!expression.isMany) return plain(`${unquoteNumbers(`${whole}::varchar`)}::json`);
        const name = fresh();
        return plain(`list_transform(${whole}, lambda ${name}: ${unquoteNumbers(`${name}::varchar`)}::json)`);
      }
      case 'boundary': {
        const kind = expression.type.kind === 'primitive' ? expression.type.value : 'string';
        return plain(
          bind(sqlOf(expression.of, environment), (x) =>
            printBoundary(expression.side, x, kind, expression.precision),
          ),
        );
      }
      case 'resource-key':
        return plain(`(${sqlString(`${expression.resource}/`)} || ${sqlOf(expression.id, environment)})`);
      case 'reference-key': {
        const of = sqlOf(expression.of, environment);
        const owner = sqlOf(expression.recordKey, environment);
        if (!expression.isMany) return plain(bind(of, (x) => printReferenceKey(x, owner, expression.target)));
        const name = fresh();
        const keys = `list_transform(${of}, lambda ${name}: ${printReferenceKey(name, owner, expression.target)})`;
        return plain(withoutNulls(keys));
      }
      case 'resources': {
        const [of, name] = [print(expression.of, environment), fresh()];
        const wanted = sqlString(expression.resource);
        const chosen = `list_filter(${of.sql}, lambda ${name}: json_extract_string(${name}, '$.resourceType') = ${wanted})`;
        return decodeIsland(chosen, expression.island);
      }
      case 'repeat':
        return decodeIsland(
          printRepeat(expression, plan.islands[expression.island]?.walk ?? {}, environment, print, fresh),
          expression.island,
        );
      default:
        return expression satisfies never;
    }
  };

  const printField = (expression: Expression & { kind: 'field' }, environment: Environment): Printed => {
    const of = print(expression.of, environment);
    const shape = of.fields[expression.field];
    if (shape === undefined) throw new Error(`field ${expression.field} is not in the shape`);
    const parent = of.isJson ? decode(of.sql, of.fields, expression.of.isMany) : of.sql;
    const name = sqlName(expression.field);
    const sql = expression.of.isMany
      ? printManyField(parent, name, shape)
      : printOneField(parent, name, shape);
    return stored(shape, finishScalar(shape, sql, expression.isMany));
  };

  /** What was read as JSON text or with a mark becomes the value. */
  const finishScalar = (shape: Shape, sql: string, isMany: boolean): string => {
    if (shape.kind !== 'scalar') return sql;
    const isUnmarked = isMarked && shape.isExact === true;
    if (!shape.isHeld && !isUnmarked) return sql;
    const convert = (value: string): string => {
      const text = shape.isHeld ? printHeld(shape, value) : value;
      return isUnmarked ? unmarkNumber(text) : text;
    };
    if (!isMany) return convert(sql);
    const name = fresh();
    return `list_transform(${sql}, lambda ${name}: ${convert(name)})`;
  };

  /** Arrays of primitives may hold null where only an extension is given. */
  const printOneField = (parent: string, name: string, shape: Shape): string => {
    const access = `${parent}.${name}`;
    return shape.isList && shape.kind === 'scalar' ? withoutNulls(access) : access;
  };

  const printManyField = (parent: string, name: string, shape: Shape): string => {
    const each = fresh();
    const access = `list_transform(${parent}, lambda ${each}: ${each}.${name})`;
    if (!shape.isList) return withoutNulls(access);
    return shape.kind === 'scalar' ? withoutNulls(`flatten(${access})`) : `flatten(${access})`;
  };

  const decode = (sql: string, fields: ShapeFields, isMany: boolean): string => {
    const structure = shapeStructure(fields);
    if (!isMany) return `json_transform(${sql}, ${structure})`;
    const name = fresh();
    return `list_transform(${sql}, lambda ${name}: json_transform(${name}, ${structure}))`;
  };

  const decodeIsland = (list: string, island: string): Printed => {
    const shape = plan.islands[island];
    const fields = shape?.node ?? {};
    const isJson = shape === undefined || shape.isWhole || Object.keys(fields).length === 0;
    return { sql: isJson ? list : decode(list, fields, true), fields, isJson };
  };

  const printLambda = (
    binding: { readonly variable: string; readonly body: Expression },
    of: Printed,
    environment: Environment,
  ): Printed => {
    const { variable } = binding;
    const index = `${variable}_index`;
    const inner = new Map(environment)
      .set(variable, { ...of, sql: variable })
      .set(index, plain(`(${index} - 1)::integer`));
    const body = print(binding.body, inner);
    const parameters = body.sql.includes(index) ? `${variable}, ${index}` : variable;
    return { ...body, sql: `lambda ${parameters}: ${body.sql}` };
  };

  const printPosition = (at: Expression | 'last', environment: Environment): string => {
    if (at === 'last') return '-1';
    if (at.kind !== 'literal') {
      const position = sqlOf(at, environment);
      return `case when ${position} >= 0 then ${position} + 1 end`;
    }
    return Number(at.value) < 0 ? 'null' : String(Number(at.value) + 1);
  };

  const printExists = (of: Expression, environment: Environment): string => {
    if (of.kind === 'choice') {
      return `(${of.alternatives.map((each) => printExists(each, environment)).join(' or ')})`;
    }
    if (of.kind === 'variable' && of.name === RECORD) return 'true';
    const sql = sqlOf(of, environment);
    return of.isMany ? `coalesce(len(${sql}) > 0, false)` : `(${sql} is not null)`;
  };

  const printScalar = (expression: Expression & { kind: 'function' }, environment: Environment): string => {
    const [input] = expression.args;
    const kind = input?.type.kind === 'primitive' ? input.type.value : null;
    const args = expression.args.map((arg) => sqlOf(arg, environment));
    // Conversions of a list are conversions of its elements.
    if (input?.isMany === true) {
      const name = fresh();
      const each = printFunction(expression.name, [name, ...args.slice(1)], kind, bind);
      return withoutNulls(`list_transform(${args[0] ?? '[]'}, lambda ${name}: ${each})`);
    }
    return printFunction(expression.name, args, kind, bind);
  };

  return print;
}

function stored(shape: Shape, sql: string): Printed {
  return shape.kind === 'scalar'
    ? { sql, fields: {}, isJson: false }
    : { sql, fields: shape.fields, isJson: shape.kind === 'json' };
}

function isStored(printed: Printed): boolean {
  return printed.isJson || Object.keys(printed.fields).length > 0;
}

function printCombined(parts: readonly string[], isMany: boolean): string {
  return isMany
    ? `list_concat(${parts.map((part) => `coalesce(${part}, [])`).join(', ')})`
    : `coalesce(${parts.join(', ')})`;
}
