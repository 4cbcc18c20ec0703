import {
  type Ast,
  type AstValue,
  call,
  cast,
  list,
  nameParts,
  nodeOf,
  string,
  textOf,
  unsupported,
} from '../ast.ts';
import { duckdbFunction } from '../function-rules.ts';
import { formatDate, parseDate } from './date-format.ts';

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
      return call('substr', ...args);
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
    case 'extract':
      return call('date_part', ...args);
    default:
      return renamed(body, name);
  }
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
