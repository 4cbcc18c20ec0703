import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, isAst, list, nodeOf, textOf } from './ast.ts';

interface Setting {
  /** As PostgreSQL spells it. */
  readonly name: string;
  readonly initial: string;
  /** The value as it is kept; undefined when it is not one. */
  readonly accept: (value: string) => string | undefined;
  /** Clients hear of changes. */
  readonly isReported?: boolean;
}

const anything = (value: string): string => value;
const oneOf =
  (kept: string, ...accepted: readonly string[]) =>
  (value: string): string | undefined =>
    accepted.includes(value.toLowerCase()) ? kept : undefined;

const SETTINGS: ReadonlyMap<string, Setting> = new Map(
  (
    [
      { name: 'application_name', initial: '', accept: (value) => value.slice(0, 63), isReported: true },
      {
        name: 'client_encoding',
        initial: 'UTF8',
        accept: oneOf('UTF8', 'utf8', 'utf-8', 'unicode'),
        isReported: true,
      },
      {
        name: 'DateStyle',
        initial: 'ISO, MDY',
        accept: (value) => (/^iso\b/i.test(value) ? 'ISO, MDY' : undefined),
        isReported: true,
      },
      { name: 'IntervalStyle', initial: 'postgres', accept: oneOf('postgres', 'postgres'), isReported: true },
      { name: 'TimeZone', initial: 'UTC', accept: timeZone, isReported: true },
      {
        name: 'standard_conforming_strings',
        initial: 'on',
        accept: oneOf('on', 'on', 'true', '1'),
        isReported: true,
      },
      { name: 'search_path', initial: 'marts', accept: anything, isReported: true },
      { name: 'bytea_output', initial: 'hex', accept: oneOf('hex', 'hex') },
      { name: 'statement_timeout', initial: '0', accept: milliseconds },
      ...Object.entries({
        extra_float_digits: '1',
        client_min_messages: 'notice',
        default_transaction_isolation: 'repeatable read',
        transaction_isolation: 'repeatable read',
        default_transaction_read_only: 'on',
        transaction_read_only: 'on',
        default_transaction_deferrable: 'off',
        transaction_deferrable: 'off',
        idle_in_transaction_session_timeout: '0',
        lock_timeout: '0',
        row_security: 'on',
        synchronous_commit: 'on',
        synchronize_seqscans: 'on',
        quote_all_identifiers: 'off',
        escape_string_warning: 'on',
        backslash_quote: 'safe_encoding',
        geqo: 'on',
        jit: 'off',
        enable_seqscan: 'on',
        enable_nestloop: 'on',
        enable_hashjoin: 'on',
        enable_mergejoin: 'on',
        work_mem: '4MB',
        xmloption: 'content',
        lc_messages: 'C',
        ssl_renegotiation_limit: '0',
      }).map(([name, initial]) => ({ name, initial, accept: anything })),
    ] satisfies readonly Setting[]
  ).map((setting) => [setting.name.toLowerCase(), setting]),
);

/** The settings of one session; what a transaction changes goes back when it is rolled back. */
export class SessionSettings {
  private values = new Map<string, string>();
  private before: ReadonlyMap<string, string> | undefined;
  private readonly local = new Set<string>();

  /** A setting's value; undefined when the session has none of that name. */
  get(name: string): string | undefined {
    const setting = SETTINGS.get(name.toLowerCase());
    return setting && (this.values.get(setting.name) ?? setting.initial);
  }

  /** Throws 42704 for a setting that is not known, 22023 for a value that it does not take. */
  set(name: string, value: string | undefined, isLocal = false): void {
    const setting = SETTINGS.get(name.toLowerCase());
    if (setting === undefined) {
      const isForbidden = /^(role|session_authorization)$/i.test(name);
      if (isForbidden)
        throw new SqlError(SQLSTATE.insufficientPrivilege, `permission denied to set "${name}"`);
      throw new SqlError(SQLSTATE.undefinedObject, `unrecognized configuration parameter "${name}"`);
    }
    const kept = value === undefined ? setting.initial : setting.accept(value.trim());
    if (kept === undefined)
      throw new SqlError(SQLSTATE.invalidParameter, `this server takes another value for "${setting.name}"`);
    // Outside a transaction SET LOCAL is over at once.
    if (isLocal && this.before === undefined) return;
    this.values.set(setting.name, kept);
    if (isLocal) this.local.add(setting.name);
    else this.local.delete(setting.name);
  }

  reset(): void {
    this.values = new Map();
  }

  begin(): void {
    this.before = new Map(this.values);
  }

  end(isCommitted: boolean): void {
    const { before } = this;
    this.before = undefined;
    if (before === undefined) return;
    if (!isCommitted) this.values = new Map(before);
    for (const name of this.local) {
      const value = before.get(name);
      if (value === undefined) this.values.delete(name);
      else this.values.set(name, value);
    }
    this.local.clear();
  }

  /** What clients are kept informed of. */
  reported(): ReadonlyMap<string, string> {
    const names = [...SETTINGS.values()].filter((setting) => setting.isReported === true);
    return new Map(names.map(({ name, initial }) => [name, this.values.get(name) ?? initial]));
  }

  /** Schemas that names without one are looked up in. */
  get searchPath(): readonly string[] {
    return (this.get('search_path') ?? '')
      .split(',')
      .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
      .filter((name) => name !== '' && name !== '$user');
  }

  /** Milliseconds; 0 leaves it to the server. */
  get statementTimeout(): number {
    return Number(this.get('statement_timeout'));
  }
}

function timeZone(value: string): string | undefined {
  if (/^(utc|gmt|zulu|z|etc\/utc|local|default)$/i.test(value)) return 'UTC';
  try {
    // Offsets such as +02 mean the opposite in POSIX and in ISO: only names of zones are taken.
    return /^[A-Za-z]/.test(value)
      ? new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
      : undefined;
  } catch {
    return undefined;
  }
}

function milliseconds(value: string): string | undefined {
  const [, amount, unit = 'ms'] = /^(\d{1,9})\s*(ms|s|min|h|d)?$/.exec(value) ?? [];
  if (amount === undefined) return undefined;
  const factor = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 1;
  return String(Math.min(Number(amount) * factor, 2_147_483_647));
}

/** Carries out SET and RESET; the command's tag. */
export function applySet(settings: SessionSettings, body: Ast): string {
  const name = String(body['name'] ?? '');
  const isLocal = body['is_local'] === true;
  switch (body['kind']) {
    case 'VAR_SET_VALUE':
      settings.set(name, list(body['args']).map(valueText).join(', '), isLocal);
      return 'SET';
    case 'VAR_SET_DEFAULT':
      settings.set(name, undefined, isLocal);
      return 'SET';
    case 'VAR_SET_MULTI':
      // How transactions read is fixed: one published snapshot, read only.
      if (name === 'TRANSACTION SNAPSHOT')
        throw new SqlError(SQLSTATE.featureNotSupported, 'SET TRANSACTION SNAPSHOT is not supported here');
      return 'SET';
    case 'VAR_RESET':
      settings.set(name, undefined);
      return 'RESET';
    case 'VAR_RESET_ALL':
      settings.reset();
      return 'RESET';
    default:
      throw new SqlError(SQLSTATE.featureNotSupported, 'this form of SET is not supported here');
  }
}

function valueText(value: Ast[string]): string {
  const text = textOf(value);
  if (text !== undefined) return text;
  const [kind, body] = nodeOf(value) ?? [];
  if (kind === 'TypeCast') return valueText(body?.['arg']);
  const { ival, fval, boolval } = (kind === 'A_Const' ? body : {}) as { readonly [key: string]: Ast[string] };
  if (isAst(ival)) return String(ival['ival'] ?? 0);
  if (isAst(fval)) return String(fval['fval']);
  if (isAst(boolval)) return boolval['boolval'] === true ? 'on' : 'off';
  throw new SqlError(SQLSTATE.invalidParameter, 'a setting takes a constant');
}
