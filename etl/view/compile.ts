import { item, literal, NOTHING, step } from './build.ts';
import { compileFunction } from './compile-function.ts';
import { compileBinary, compilePolarity } from './compile-operator.ts';
import { isOfType, ofType } from './compile-type.ts';
import type { Expression } from './expression.ts';
import type { CompileContext, Scope } from './scope.ts';
import type { LiteralType, Syntax } from './syntax.ts';
import { BOOLEAN, DECIMAL, INTEGER, type PrimitiveType, primitive, STRING } from './type.ts';
import { single } from './value.ts';

const LITERAL_TYPES: Readonly<Record<LiteralType, PrimitiveType>> = {
  boolean: BOOLEAN,
  string: STRING,
  integer: INTEGER,
  long: primitive('integer64', 'integer', 'BIGINT'),
  decimal: DECIMAL,
  date: primitive('date', 'date'),
  dateTime: primitive('dateTime', 'dateTime'),
  time: primitive('time', 'time'),
};

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);

/** FHIRPath to a typed expression over the record: every step resolved against the schema. */
export function compile(syntax: Syntax, scope: Scope, context: CompileContext): Expression {
  const result = compileNode(syntax, scope, context);
  context.observe?.(syntax, result, scope);
  return result;
}

function compileNode(syntax: Syntax, scope: Scope, context: CompileContext): Expression {
  switch (syntax.kind) {
    case 'member':
      return compileMember(syntax, scope, context);
    case 'call': {
      const of = syntax.of === null ? scope.focus : compile(syntax.of, scope, context);
      return compileFunction(of, syntax, scope, context, compile);
    }
    case 'indexer': {
      const at = single(compile(syntax.index, scope, context), context.label);
      if (at.type.kind !== 'primitive' || at.type.value !== 'integer') {
        return context.fail('an index must be an integer', syntax.index.column);
      }
      return item(compile(syntax.of, scope, context), at, context.names);
    }
    case 'binary': {
      const [left, right] = [syntax.left, syntax.right].map((operand) =>
        operand.kind === 'quantity' && COMPARISONS.has(syntax.operator)
          ? toQuantity(operand)
          : compile(operand, scope, context),
      ) as [Expression, Expression];
      return compileBinary(syntax.operator, left, right, context, syntax.column);
    }
    case 'polarity':
      return compilePolarity(syntax.sign, compile(syntax.of, scope, context), context, syntax.column);
    case 'type': {
      const of = single(compile(syntax.of, scope, context), context.label);
      return syntax.operator === 'is'
        ? isOfType(of, syntax.name, context, syntax.column)
        : ofType(of, syntax.name, context, syntax.column);
    }
    case 'literal':
      return toLiteral(syntax.type, syntax.text);
    case 'quantity':
      return context.fail('a quantity can only be compared', syntax.column);
    case 'empty':
      return NOTHING;
    case 'this':
      return scope.focus;
    case 'index':
      return scope.index ?? context.fail('$index has a meaning only inside a function', syntax.column);
    case 'total':
      return context.fail('$total is not supported', syntax.column);
    case 'external':
      return compileExternal(syntax.name, scope, context, syntax.column);
    default:
      return syntax satisfies never;
  }
}

function compileMember(
  syntax: Syntax & { kind: 'member' },
  scope: Scope,
  context: CompileContext,
): Expression {
  if (syntax.of !== null) return step(compile(syntax.of, scope, context), syntax.name, context.schema);
  // `Patient.name` may begin with the type of the resource itself.
  const isTypeName = scope.focus.type.kind === 'complex' && scope.focus.type.names.includes(syntax.name);
  return isTypeName ? scope.focus : step(scope.focus, syntax.name, context.schema);
}

function compileExternal(name: string, scope: Scope, context: CompileContext, column: number): Expression {
  const constant = context.constants.get(name);
  if (constant !== undefined) return constant;
  switch (name) {
    case 'rowIndex':
      return scope.rowIndex;
    case 'context':
      return scope.context;
    case 'resource':
    case 'rootResource':
      return context.record;
    case 'ucum':
      return literal('http://unitsofmeasure.org');
    case 'sct':
      return literal('http://snomed.info/sct');
    case 'loinc':
      return literal('http://loinc.org');
    default:
      return context.fail(`constant %${name} is not defined`, column);
  }
}

function toLiteral(type: LiteralType, text: string): Expression {
  switch (type) {
    case 'boolean':
      return literal(text === 'true');
    case 'integer':
      return literal(Number(text), Math.abs(Number(text)) > 0x7fffffff ? LITERAL_TYPES.long : INTEGER);
    case 'string':
    case 'long':
    case 'decimal':
    case 'date':
    case 'dateTime':
    case 'time':
      return literal(text, LITERAL_TYPES[type]);
    default:
      return type satisfies never;
  }
}

function toQuantity({ value, unit }: Syntax & { kind: 'quantity' }): Expression {
  return { kind: 'quantity', value, unit, type: { kind: 'complex', names: ['Quantity'] }, isMany: false };
}
