import {
  type Ast,
  type AstValue,
  bodyOf,
  call,
  cast,
  integer,
  isAst,
  list,
  nameParts,
  nodeOf,
  string,
  textOf,
  unsupported,
} from '../ast.ts';
import { duckdbFunction } from '../function-rules.ts';
import { formatDate, parseDate } from './date-format.ts';
import { regexpLike, regexpReplace } from './regular-expression.ts';

/** What a query may ask of its own session. */
export interface SessionFacts {
  readonly user: string;
  readonly database: string;
  readonly schema: string;
  readonly version: string;
}

/** A function call of PostgreSQL in the words of DuckDB. */
export function rewriteFunction(body: Ast, facts: SessionFacts): AstValue {
  if (body['func_variadic'] === true) throw unsupported('VARIADIC');
  const name = nameParts(body['funcname']).at(-1) ?? '';
  const args = list(body['args']);
  const [first, second] = args;
  switch (name) {
    case 'measure':
      throw unsupported('MEASURE() here', 'It is known where a SELECT reads one cube view and nothing else.');
    case 'to_char':
      return formatDate(first, templateOf(second));
    case 'to_date':
      return parseDate(first, templateOf(second), 'date');
    case 'to_timestamp':
      return args.length === 2 ? parseDate(first, templateOf(second), 'timestamptz') : renamed(body, name);
    case 'version':
      return string(facts.version);
    case 'current_database':
      return string(facts.database);
    case 'current_schema':
      return string(facts.schema);
    case 'substring':
    case 'substr':
      if (args.length === 2 && isPattern(second)) throw unsupported('substring with a pattern');
      return substring(args);
    case 'lpad':
    case 'rpad':
      return args.length === 2 ? call(name, first, second, string(' ')) : renamed(body, name);
    case 'position':
      // The parser turns POSITION(a IN b) around.
      return call('strpos', ...args);
    case 'timezone':
    case 'btrim':
    case 'ltrim':
    case 'rtrim':
      return call(duckdbFunction(name), ...args);
    case 'regexp_replace':
      return regexpReplace(args);
    case 'regexp_like':
      return regexpLike(args);
    case 'concat':
      return call('concat', ...args.map((each) => call('chiasm_output', each)));
    case 'concat_ws':
      return call('concat_ws', first, ...args.slice(1).map((each) => call('chiasm_output', each)));
    case 'string_to_array':
      return args.length === 2 ? call('chiasm_split', ...args) : renamed(body, name);
    case 'array_length':
      if (constantOf(second) !== 1) throw unsupported('an array of more than one dimension');
      return call('nullif', call('len', first), integer(0));
    case 'extract':
    case 'date_part':
      return datePart(first, second, name);
    default:
      return renamed(body, name);
  }
}

/** The places that most ask for need no care. */
function substring(args: readonly AstValue[]): AstValue {
  const [, start, length] = args;
  const isPlain = (constantOf(start) ?? 0) >= 1 && (length === undefined || (constantOf(length) ?? -1) >= 0);
  if (isPlain) return call('substr', ...args);
  return call(args.length === 2 ? 'chiasm_from' : 'chiasm_part', ...args);
}

/** A whole number that is written out; undefined for anything else. */
function constantOf(value: AstValue): number | undefined {
  const constant = bodyOf(value, 'A_Const')?.['ival'];
  return isAst(constant) ? Number(constant['ival'] ?? 0) : undefined;
}

/** Digits after the point, which DuckDB cuts off. */
const FRACTIONS: Readonly<Record<string, { readonly micros: number; readonly digits: number }>> = {
  second: { micros: 1_000_000, digits: 6 },
  seconds: { micros: 1_000_000, digits: 6 },
  milliseconds: { micros: 1_000, digits: 3 },
  millisecond: { micros: 1_000, digits: 3 },
};

function datePart(part: AstValue, value: AstValue, name: string): AstValue {
  const fraction = FRACTIONS[textOf(part)?.toLowerCase() ?? ''];
  if (fraction === undefined) return call('date_part', part, value);
  const micros = call('date_part', string('microseconds'), value);
  const seconds = {
    A_Expr: {
      kind: 'AEXPR_OP',
      name: [{ String: { sval: '/' } }],
      lexpr: cast(micros, 'double'),
      rexpr: integer(fraction.micros),
    },
  };
  return name === 'extract' ? cast(seconds, 'decimal', [12, fraction.digits]) : seconds;
}

function renamed(body: Ast, name: string): Ast {
  // The words that SQL has for some functions are spelt out only where the name stays.
  const funcname = [{ String: { sval: duckdbFunction(name) } }];
  return { FuncCall: { ...body, funcname, funcformat: 'COERCE_EXPLICIT_CALL' } };
}

function templateOf(value: AstValue): string {
  const text = textOf(value) ?? textOf(nodeOf(value)?.[1]['arg']);
  if (text === undefined)
    throw unsupported('a template that is computed', 'Write the template as a constant.');
  return text;
}

function isPattern(value: AstValue): boolean {
  return textOf(value) !== undefined;
}

/** CURRENT_USER and others of the session; dates and times stay. */
export function rewriteValueFunction(body: Ast, facts: SessionFacts): AstValue {
  switch (body['op']) {
    case 'SVFOP_CURRENT_USER':
    case 'SVFOP_CURRENT_ROLE':
    case 'SVFOP_USER':
    case 'SVFOP_SESSION_USER':
      return string(facts.user);
    case 'SVFOP_CURRENT_CATALOG':
      return string(facts.database);
    case 'SVFOP_CURRENT_SCHEMA':
      return string(facts.schema);
    case 'SVFOP_CURRENT_DATE':
      return { SQLValueFunction: body };
    case 'SVFOP_LOCALTIMESTAMP':
      return cast(call('now'), 'timestamp');
    case 'SVFOP_LOCALTIME':
      return cast(cast(call('now'), 'timestamp'), 'time');
    case 'SVFOP_CURRENT_TIMESTAMP':
      return call('now');
    default:
      throw unsupported('this function of time with a precision');
  }
}
