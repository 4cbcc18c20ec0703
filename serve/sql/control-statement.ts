import type { Field } from '../wire/backend.ts';
import { warning } from '../wire/backend.ts';
import type { Format } from '../wire/frontend.ts';
import { SQLSTATE, SqlError } from '../wire/sql-error.ts';
import { type Ast, bodyOf, list, nameParts, textOf, unsupported } from './ast.ts';
import type { ParsedStatement } from './parse-statements.ts';
import { type Portal, type Portals, type Prepared, streamOfPortal } from './portal.ts';
import { NO_INPUT, type QueryContext, runQuery, understand } from './query.ts';
import { cursorText } from './query-text.ts';
import { readOnly } from './route-query.ts';
import { type RowStream, streamOf, textFields, textRow } from './row-stream.ts';
import { applySet, type SessionSettings } from './settings.ts';

/** What statements that steer a session act on. */
export interface ControlScope {
  readonly settings: SessionSettings;
  readonly portals: Portals;
  readonly prepared: Map<string, Prepared>;
  readonly context: () => QueryContext;
  /** Ends the transaction; cursors that are not held close. */
  readonly endTransaction: (isCommitted: boolean) => void;
  readonly notify: (message: Buffer) => void;
}

export interface ControlResult {
  readonly tag: (rows: number) => string;
  readonly rows?: {
    readonly fields: readonly Field[];
    readonly formatOf: (index: number) => Format;
    readonly stream: RowStream;
    readonly maxRows: number;
  };
}

const done = (tag: string): ControlResult => ({ tag: () => tag });

/** Whether a statement steers the session instead of asking for data. */
export function isControl(kind: string): boolean {
  return kind !== 'SelectStmt' && kind !== 'CopyStmt';
}

/** The columns of what a control statement returns; undefined when it returns none. */
export function controlFields(
  { kind, body }: ParsedStatement,
  portals: Portals,
): readonly Field[] | undefined {
  if (kind === 'VariableShowStmt') return textFields(String(body['name']));
  if (kind === 'FetchStmt' && body['ismove'] !== true) return cursorOf(body, portals).fields;
  return undefined;
}

/** Carries out a statement that steers the session. Throws 25006 for one that would write. */
export async function runControl(statement: ParsedStatement, scope: ControlScope): Promise<ControlResult> {
  const { kind, body } = statement;
  if (kind === 'TransactionStmt') return transact(String(body['kind']), scope);
  scope.context().transaction.refuseFailed();
  switch (kind) {
    case 'VariableSetStmt':
      return done(applySet(scope.settings, body));
    case 'VariableShowStmt':
      return show(String(body['name']), statement.sql, scope);
    case 'DiscardStmt':
      return discard(String(body['target']), scope);
    case 'DeallocateStmt':
      return deallocate(body, scope);
    case 'DeclareCursorStmt':
      return declare(statement, scope);
    case 'FetchStmt':
      return fetch(body, scope);
    case 'ClosePortalStmt':
      return closeCursor(body, scope);
    case 'UnlistenStmt':
      return done('UNLISTEN');
    case 'ExplainStmt':
    case 'PrepareStmt':
    case 'ExecuteStmt':
    case 'ListenStmt':
    case 'NotifyStmt':
    case 'CallStmt':
    case 'DoStmt':
    case 'LoadStmt':
      throw unsupported(kind.replace(/Stmt$/, '').toUpperCase());
    default:
      throw readOnly(kind);
  }
}

function transact(kind: string, { context, endTransaction, settings, notify }: ControlScope): ControlResult {
  const { transaction } = context();
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      if (transaction.isBlock)
        notify(warning(SQLSTATE.activeTransaction, 'there is already a transaction in progress'));
      else {
        transaction.status = 'T';
        settings.begin();
      }
      return done(kind.endsWith('START') ? 'START TRANSACTION' : 'BEGIN');
    case 'TRANS_STMT_COMMIT':
    case 'TRANS_STMT_ROLLBACK': {
      if (!transaction.isBlock)
        notify(warning(SQLSTATE.noActiveTransaction, 'there is no transaction in progress'));
      const isCommitted = kind === 'TRANS_STMT_COMMIT' && transaction.status !== 'E';
      endTransaction(isCommitted);
      return done(isCommitted ? 'COMMIT' : 'ROLLBACK');
    }
    case 'TRANS_STMT_SAVEPOINT':
      transaction.refuseFailed();
      return done('SAVEPOINT');
    case 'TRANS_STMT_RELEASE':
      transaction.refuseFailed();
      return done('RELEASE');
    case 'TRANS_STMT_ROLLBACK_TO':
      // Nothing was written, so there is nothing to take back but the failure.
      if (transaction.status === 'E') transaction.status = 'T';
      return done('ROLLBACK');
    default:
      throw unsupported('a two-phase commit');
  }
}

async function show(name: string, sql: string, { settings, context }: ControlScope): Promise<ControlResult> {
  const value = settings.get(name) ?? (await shownByCatalog(name, sql, context()));
  const stream = streamOf([textRow(value)]);
  return { tag: () => 'SHOW', rows: { fields: textFields(name), formatOf: () => 0, stream, maxRows: 0 } };
}

async function shownByCatalog(name: string, sql: string, { catalog, reader }: QueryContext): Promise<string> {
  if (name === 'all') throw unsupported('SHOW ALL', 'Ask pg_settings.');
  if (name === 'session_authorization') return reader.user;
  const answer = await catalog.run(reader, sql, [], NO_INPUT.tail);
  const row = answer.find(({ type }) => type === 'D');
  return row === undefined ? '' : row.body.toString('utf8', 6);
}

function discard(target: string, scope: ControlScope): ControlResult {
  const { settings, portals, prepared, context } = scope;
  if (target === 'DISCARD_ALL') {
    if (context().transaction.isBlock)
      throw new SqlError(SQLSTATE.activeTransaction, 'DISCARD ALL cannot run inside a transaction block');
    settings.reset();
    portals.closeAll();
    prepared.clear();
  }
  return done(target.replace('_', ' '));
}

function deallocate(body: Ast, { prepared }: ControlScope): ControlResult {
  const { name } = body as { readonly name?: unknown };
  if (typeof name !== 'string' || name === '') {
    prepared.clear();
    return done('DEALLOCATE ALL');
  }
  if (!prepared.delete(name))
    throw new SqlError(SQLSTATE.invalidStatementName, `prepared statement "${name}" does not exist`);
  return done('DEALLOCATE');
}

/** Bits of the options of DECLARE CURSOR (parsenodes.h). */
const CURSOR = { binary: 0x1, scroll: 0x2, hold: 0x20 } as const;

async function declare(statement: ParsedStatement, scope: ControlScope): Promise<ControlResult> {
  const { body } = statement;
  const name = String(body['portalname']);
  const options = Number(body['options'] ?? 0);
  const context = scope.context();
  const isHeld = (options & CURSOR.hold) !== 0;
  if (!context.transaction.isBlock && !isHeld)
    throw new SqlError(
      SQLSTATE.noActiveTransaction,
      'DECLARE CURSOR can only be used in transaction blocks',
      { hint: 'BEGIN first, or declare it WITH HOLD.' },
    );
  if ((options & CURSOR.scroll) !== 0) throw unsupported('SCROLL', 'Cursors go forward only.');
  if (scope.portals.get(name) !== undefined)
    throw new SqlError(SQLSTATE.duplicateCursor, `cursor "${name}" already exists`);
  const select = bodyOf(body['query'], 'SelectStmt');
  if (select === undefined) throw readOnly('DECLARE CURSOR');
  const query = await understand(select, cursorText(statement), [], context);
  const format = (options & CURSOR.binary) === 0 ? 0 : 1;
  const input = { ...NO_INPUT, resultFormats: [format] as const };
  const portal: Portal = {
    fields: query.fields,
    formatOf: () => format,
    open: () => runQuery(query, input, scope.context()),
    isHeld,
    stream: undefined,
  };
  // A held cursor shows what was published when it was declared.
  if (isHeld) await streamOfPortal(portal);
  scope.portals.set(name, portal);
  return done('DECLARE CURSOR');
}

async function fetch(body: Ast, { portals }: ControlScope): Promise<ControlResult> {
  const portal = cursorOf(body, portals);
  const howMany = Number(body['howMany'] ?? 1);
  const isForward = body['direction'] === undefined || body['direction'] === 'FETCH_FORWARD';
  if (!isForward || howMany < 0) throw unsupported('a cursor that goes backward or to a place');
  const isMove = body['ismove'] === true;
  const tag = (rows: number): string => `${isMove ? 'MOVE' : 'FETCH'} ${rows}`;
  if (howMany === 0) return { tag };
  const stream = await streamOfPortal(portal);
  const maxRows = howMany > 2_147_483_647 ? 0 : howMany;
  if (isMove) {
    const { rows } = await stream.send(async () => {}, maxRows);
    return { tag: () => tag(rows) };
  }
  return { tag, rows: { fields: portal.fields, formatOf: portal.formatOf, stream, maxRows } };
}

function cursorOf(body: Ast, portals: Portals): Portal {
  const name = String(body['portalname']);
  const portal = portals.get(name);
  if (portal === undefined) throw new SqlError(SQLSTATE.invalidCursorName, `cursor "${name}" does not exist`);
  return portal;
}

function closeCursor(body: Ast, { portals }: ControlScope): ControlResult {
  const { portalname } = body as { readonly portalname?: unknown };
  if (typeof portalname !== 'string' || portalname === '') {
    portals.closeAll();
    return done('CLOSE CURSOR ALL');
  }
  if (!portals.close(portalname))
    throw new SqlError(SQLSTATE.invalidCursorName, `cursor "${portalname}" does not exist`);
  return done('CLOSE CURSOR');
}

/** `SELECT set_config('name', 'value', false)`, which some tools send for SET; undefined for any other query. */
export function setConfigOf(
  select: Ast,
): { readonly name: string; readonly value: string; readonly isLocal: boolean } | undefined {
  const [target, ...others] = list(select['targetList']);
  const call = bodyOf(bodyOf(target, 'ResTarget')?.['val'], 'FuncCall');
  const isAlone =
    others.length === 0 && select['fromClause'] === undefined && select['whereClause'] === undefined;
  if (call === undefined || !isAlone || nameParts(call['funcname']).join('.') !== 'set_config')
    return undefined;
  const [name, value, local] = list(call['args']);
  const [nameText, valueText] = [textOf(name), textOf(value)];
  if (nameText === undefined || valueText === undefined) throw unsupported('set_config of what is computed');
  const flag = bodyOf(local, 'A_Const')?.['boolval'];
  return { name: nameText, value: valueText, isLocal: JSON.stringify(flag ?? {}).includes('true') };
}
