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
  string,
  textOf,
  unsupported,
} from '../ast.ts';
import { decimalDigits } from '../decimal-digits.ts';

/** Types that a query may cast to, with DuckDB's names. */
const TYPES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double',
  text: 'varchar',
  varchar: 'varchar',
  bpchar: 'varchar',
  name: 'varchar',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  interval: 'interval',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  bytea: 'blob',
};

/**
 * A type of PostgreSQL in the words of DuckDB. `numeric` without digits is unbounded in PostgreSQL; here it is a
 * double, which keeps about 15 digits.
 */
export function rewriteType(body: Ast): Ast {
  const name = nameParts(body['names']).at(-1) ?? '';
  if (body['setof'] === true) throw unsupported('SETOF');
  const typmods = list(body['typmods']);
  const isExact = name === 'numeric' && typmods.length > 0;
  const duckdb = isExact ? 'decimal' : name === 'numeric' ? 'double' : TYPES[name];
  if (duckdb === undefined) throw unsupported(`type ${name}`);
  const bounds = list(body['arrayBounds']);
  return {
    names: [{ String: { sval: duckdb } }],
    ...(isExact ? { typmods } : {}),
    ...(bounds.length > 0 ? { arrayBounds: bounds } : {}),
    typemod: -1,
  };
}

/**
 * Casting to varchar(n) cuts; DuckDB does not know the length. Constants that become numeric stay exact. `source`
 * still has PostgreSQL's type.
 */
export function rewriteCast(source: Ast, typeName: Ast): AstValue {
  const exact = exactNumber(source);
  if (exact !== undefined) return exact;
  const length = textLength(source);
  const plain: Ast = isWrittenOut(source, typeName)
    ? call('chiasm_text', source['arg'])
    : { TypeCast: { arg: truthValue(source) ?? source['arg'], typeName } };
  return length === undefined ? plain : call('left', plain, integer(length));
}

/** Whether a value becomes text; constants are text already. */
function isWrittenOut({ arg }: Ast, typeName: Ast): boolean {
  const isArray = list(typeName['arrayBounds']).length > 0;
  return (
    !isArray && nameParts(typeName['names']).at(-1) === 'varchar' && bodyOf(arg, 'A_Const') === undefined
  );
}

/** A constant or parameter cast to numeric without digits; undefined for any other cast. */
function exactNumber({ arg, typeName }: Ast): AstValue {
  if (!isAst(typeName) || nameParts(typeName['names']).at(-1) !== 'numeric') return undefined;
  if (list(typeName['typmods']).length > 0 || list(typeName['arrayBounds']).length > 0) return undefined;
  const inner = bodyOf(arg, 'TypeCast')?.['typeName'];
  if (isAst(inner) && nameParts(inner['names']).at(-1) === 'decimal') return arg;
  const { ival, fval } = bodyOf(arg, 'A_Const') ?? {};
  const text = isAst(fval) ? String(fval['fval']) : isAst(ival) ? String(ival['ival'] ?? 0) : textOf(arg);
  const digits = text === undefined ? undefined : decimalDigits(text);
  return digits && cast(arg, 'decimal', digits);
}

/** PostgreSQL reads more words as truth values than DuckDB does; undefined where none is cast. */
function truthValue({ arg, typeName }: Ast): AstValue {
  const isBoolean = isAst(typeName) && nameParts(typeName['names']).at(-1) === 'bool';
  const text = isBoolean ? textOf(arg)?.trim().toLowerCase() : undefined;
  if (text === undefined) return undefined;
  if (['on', 'yes', 'y', '1', 't', 'true'].includes(text)) return string('true');
  return ['off', 'no', 'n', '0', 'f', 'false'].includes(text) ? string('false') : undefined;
}

function textLength({ typeName }: Ast): number | undefined {
  if (!isAst(typeName)) return undefined;
  const name = nameParts(typeName['names']).at(-1);
  if (name !== 'varchar' && name !== 'bpchar') return undefined;
  const constant = bodyOf(list(typeName['typmods'])[0], 'A_Const')?.['ival'];
  const length = isAst(constant) ? constant['ival'] : undefined;
  return typeof length === 'number' ? length : undefined;
}
