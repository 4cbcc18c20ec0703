import { ChiasmError } from '../../base/error.ts';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import type { EventLog } from '../event-log.ts';
import {
  BIND_COMPLETE,
  CLOSE_COMPLETE,
  COPY_DONE,
  commandComplete,
  copyOutResponse,
  EMPTY_QUERY,
  errorResponse,
  NO_DATA,
  PARSE_COMPLETE,
  PORTAL_SUSPENDED,
  parameterDescription,
  parameterStatus,
  readyForQuery,
  rowDescription,
} from '../wire/backend.ts';
import { type Bind, type FrontendMessage, formatAt } from '../wire/frontend.ts';
import { ConnectionClosed, type Outbox } from '../wire/outbox.ts';
import { fatal, movedBy, SQLSTATE, SqlError } from '../wire/sql-error.ts';
import type { WireSession } from '../wire/wire-server.ts';
import { printSql } from './ast.ts';
import type { SqlSubject } from './audit-query.ts';
import type { Catalog } from './catalog/catalog.ts';
import {
  type ControlResult,
  type ControlScope,
  controlFields,
  isControl,
  runControl,
  setConfigOf,
} from './control-statement.ts';
import { columnFormat, copyFormat, copyHead, copyRows, copySelect, copyTail } from './copy-out.ts';
import { type ParsedStatement, parseStatements } from './parse-statements.ts';
import { Portals, type Prepared, streamOfPortal } from './portal.ts';
import { NO_INPUT, type QueryContext, type QueryInput, runQuery, understand } from './query.ts';
import { type RowSink, type RowStream, streamOf, textFields, textRow } from './row-stream.ts';
import { SessionSettings } from './settings.ts';
import { Transaction } from './transaction.ts';

export interface SessionOptions {
  readonly who: SqlSubject;
  readonly catalog: Catalog;
  readonly snapshots: ServedSnapshots;
  readonly events: EventLog;
  readonly database: string;
  readonly serverVersion: string;
  /** Longest that a statement may take, in milliseconds; a session may ask for less. */
  readonly statementTimeoutMs: number;
  /** Longest that a transaction may wait for its client: it keeps a snapshot from being retired. */
  readonly idleTransactionMs: number;
  /** Ends the connection. */
  readonly disconnect: (error: SqlError) => void;
}

/** One client's session: simple and extended protocol over its settings, statements, portals and transaction. */
export class SqlSession implements WireSession {
  private readonly options: SessionOptions;
  private readonly out: Outbox;
  private readonly settings = new SessionSettings();
  private readonly portals = new Portals();
  private readonly prepared = new Map<string, Prepared>();
  private readonly transaction: Transaction;
  private readonly control: ControlScope;
  private running: AbortController | undefined;
  private reported: ReadonlyMap<string, string> = new Map();
  /** After an error in the extended protocol: everything up to Sync is passed over. */
  private isSkipping = false;
  private idle: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions, out: Outbox, startup: ReadonlyMap<string, string>) {
    this.options = options;
    this.out = out;
    this.transaction = new Transaction(options.snapshots);
    this.control = {
      settings: this.settings,
      portals: this.portals,
      prepared: this.prepared,
      context: () => this.context(),
      endTransaction: (isCommitted) => this.endTransaction(isCommitted),
      notify: (message) => out.add(message),
    };
    for (const [name, value] of startup) {
      if (['user', 'database', 'options', 'replication'].includes(name)) continue;
      this.settings.set(name, value);
    }
    for (const [, name = '', value = ''] of (startup.get('options') ?? '').matchAll(
      /(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g,
    ))
      this.settings.set(name, value.replace(/\\(.)/g, '$1'));
  }

  get parameters(): ReadonlyMap<string, string> {
    this.reported = this.settings.reported();
    return new Map([
      ...this.reported,
      ['server_version', this.options.serverVersion],
      ['server_encoding', 'UTF8'],
      ['integer_datetimes', 'on'],
      ['is_superuser', 'off'],
      ['session_authorization', this.options.who.subject],
      ['in_hot_standby', 'off'],
      ['default_transaction_read_only', 'on'],
    ]);
  }

  async begin(): Promise<void> {
    await this.ready();
  }

  cancel(): void {
    this.running?.abort(new SqlError(SQLSTATE.queryCanceled, 'canceling statement due to user request'));
  }

  close(): void {
    clearTimeout(this.idle);
    this.running?.abort(new ConnectionClosed());
    this.portals.closeAll();
    this.transaction.end();
  }

  async handle(message: FrontendMessage): Promise<void> {
    clearTimeout(this.idle);
    if (message.kind === 'sync') {
      this.isSkipping = false;
      await this.ready();
      return;
    }
    if (this.isSkipping) return;
    try {
      await this.limited(() => this.answer(message));
    } catch (error) {
      this.fail(error);
      if (message.kind !== 'query') this.isSkipping = true;
    }
    if (message.kind === 'query') await this.ready();
    else if (this.isSkipping || message.kind === 'flush') await this.out.flush();
  }

  private async answer(message: FrontendMessage): Promise<void> {
    switch (message.kind) {
      case 'query':
        return this.simpleQuery(message.sql);
      case 'parse':
        return this.parse(message.name, message.sql, message.parameterOids);
      case 'bind':
        return this.bind(message.bind);
      case 'describe':
        return this.describe(message.of, message.name);
      case 'execute':
        return this.execute(message.portal, message.maxRows);
      case 'close':
        if (message.of === 'statement') this.prepared.delete(message.name);
        else this.portals.close(message.name);
        this.out.add(CLOSE_COMPLETE);
        return;
      case 'sync':
      case 'flush':
      case 'terminate':
      case 'copy-input':
        return;
      default:
        message satisfies never;
    }
  }

  private context(): QueryContext {
    const { catalog, snapshots, events, who, database, serverVersion } = this.options;
    const searchPath = this.settings.searchPath;
    return {
      catalog,
      snapshots,
      transaction: this.transaction,
      events,
      who,
      searchPath,
      reader: {
        user: who.subject,
        group: who.group,
        searchPath:
          searchPath.length === 0
            ? `''`
            : searchPath.map((name) => `"${name.replaceAll('"', '""')}"`).join(', '),
        timeZone: this.settings.get('TimeZone') ?? 'UTC',
      },
      facts: {
        user: who.subject,
        database,
        schema: searchPath[0] ?? 'marts',
        version: `PostgreSQL ${serverVersion}`,
      },
      signal: () => (this.running ?? new AbortController()).signal,
    };
  }

  private async simpleQuery(sql: string): Promise<void> {
    const statements = parseStatements(sql);
    if (statements.length === 0) this.out.add(EMPTY_QUERY);
    for (const statement of statements) {
      try {
        await this.simpleStatement(statement);
      } catch (error) {
        throw error instanceof SqlError ? movedBy(error, statement.offset) : error;
      }
    }
  }

  private async simpleStatement(statement: ParsedStatement): Promise<void> {
    const { kind, body, sql } = statement;
    if (isControl(kind)) {
      await this.sendControl(await runControl(statement, this.control), true);
      return;
    }
    this.transaction.refuseFailed();
    if (kind === 'CopyStmt') return this.copy(statement);
    const setting = setConfigOf(body);
    if (setting !== undefined) return this.sendControl(this.setConfig(setting), true);
    const query = await understand(body, sql, [], this.context());
    const stream = await runQuery(query, NO_INPUT, this.context());
    try {
      this.out.add(rowDescription(query.fields, () => 0));
      const { rows } = await stream.send(this.sink, 0);
      this.out.add(commandComplete(`SELECT ${rows}`));
    } finally {
      stream.close();
    }
  }

  private async parse(name: string, sql: string, parameterOids: readonly number[]): Promise<void> {
    const [statement, ...others] = parseStatements(sql);
    if (others.length > 0)
      throw new SqlError(SQLSTATE.syntaxError, 'cannot insert multiple commands into a prepared statement');
    if (name !== '' && this.prepared.has(name))
      throw new SqlError(SQLSTATE.duplicateStatement, `prepared statement "${name}" already exists`);
    this.prepared.set(name, await this.prepare(statement, parameterOids));
    this.out.add(PARSE_COMPLETE);
  }

  private async prepare(
    statement: ParsedStatement | undefined,
    parameterOids: readonly number[],
  ): Promise<Prepared> {
    if (statement === undefined) return { kind: 'empty' };
    const isQuery = statement.kind === 'SelectStmt' && setConfigOf(statement.body) === undefined;
    if (!isQuery) return { kind: 'control', statement };
    this.transaction.refuseFailed();
    const query = await understand(statement.body, statement.sql, parameterOids, this.context());
    return { kind: 'query', query };
  }

  private preparedOf(name: string): Prepared {
    const prepared = this.prepared.get(name);
    if (prepared === undefined)
      throw new SqlError(SQLSTATE.invalidStatementName, `prepared statement "${name}" does not exist`);
    return prepared;
  }

  private readonly bound = new Map<string, Exclude<Prepared, { kind: 'query' }>>();

  private bind(bind: Bind): void {
    const prepared = this.preparedOf(bind.statement);
    this.bound.delete(bind.portal);
    if (prepared.kind !== 'query') {
      this.portals.close(bind.portal);
      this.bound.set(bind.portal, prepared);
    } else {
      const { query } = prepared;
      this.transaction.refuseFailed();
      const input: QueryInput = bind;
      this.portals.set(bind.portal, {
        fields: query.fields,
        formatOf: (index) => formatAt(bind.resultFormats, index),
        open: () => runQuery(query, input, this.context()),
        isHeld: false,
        stream: undefined,
      });
    }
    this.out.add(BIND_COMPLETE);
  }

  private describe(of: 'statement' | 'portal', name: string): void {
    if (of === 'portal') {
      const portal = this.portals.get(name);
      if (portal !== undefined) {
        this.out.add(portal.fields.length === 0 ? NO_DATA : rowDescription(portal.fields, portal.formatOf));
        return;
      }
      const bound = this.bound.get(name);
      if (bound === undefined)
        throw new SqlError(SQLSTATE.invalidCursorName, `portal "${name}" does not exist`);
      this.describeOther(bound);
      return;
    }
    const prepared = this.preparedOf(name);
    const isQuery = prepared.kind === 'query';
    this.out.add(parameterDescription(isQuery ? prepared.query.parameterOids : []));
    if (isQuery) this.out.add(rowDescription(prepared.query.fields, () => 0));
    else this.describeOther(prepared);
  }

  private describeOther(prepared: Exclude<Prepared, { kind: 'query' }>): void {
    const fields =
      prepared.kind === 'empty'
        ? undefined
        : prepared.statement.kind === 'SelectStmt'
          ? textFields('set_config')
          : controlFields(prepared.statement, this.portals);
    this.out.add(fields === undefined ? NO_DATA : rowDescription(fields, () => 0));
  }

  private async execute(name: string, maxRows: number): Promise<void> {
    const bound = this.bound.get(name);
    if (bound !== undefined) return this.executeOther(bound);
    const portal = this.portals.get(name);
    if (portal === undefined)
      throw new SqlError(SQLSTATE.invalidCursorName, `portal "${name}" does not exist`);
    this.transaction.refuseFailed();
    const stream = await streamOfPortal(portal);
    const { rows, isDone } = await stream.send(this.sink, maxRows);
    if (isDone) stream.close();
    this.out.add(isDone ? commandComplete(`SELECT ${rows}`) : PORTAL_SUSPENDED);
  }

  private async executeOther(prepared: Exclude<Prepared, { kind: 'query' }>): Promise<void> {
    if (prepared.kind === 'empty') {
      this.out.add(EMPTY_QUERY);
      return;
    }
    const { statement } = prepared;
    if (statement.kind === 'CopyStmt') {
      this.transaction.refuseFailed();
      return this.copy(statement);
    }
    const setting = statement.kind === 'SelectStmt' ? setConfigOf(statement.body) : undefined;
    const result =
      setting === undefined ? await runControl(statement, this.control) : this.setConfig(setting);
    await this.sendControl(result, false);
  }

  private setConfig(setting: { name: string; value: string; isLocal: boolean }): ControlResult {
    this.transaction.refuseFailed();
    this.settings.set(setting.name, setting.value, setting.isLocal);
    const value = this.settings.get(setting.name) ?? '';
    const stream: RowStream = streamOf([textRow(value)]);
    return {
      tag: () => 'SELECT 1',
      rows: { fields: textFields('set_config'), formatOf: () => 0, stream, maxRows: 0 },
    };
  }

  private async sendControl({ tag, rows }: ControlResult, isSimple: boolean): Promise<void> {
    let sent = 0;
    if (rows !== undefined) {
      if (isSimple) this.out.add(rowDescription(rows.fields, rows.formatOf));
      ({ rows: sent } = await rows.stream.send(this.sink, rows.maxRows));
    }
    this.out.add(commandComplete(tag(sent)));
    this.reportSettings();
  }

  private async copy({ body }: ParsedStatement): Promise<void> {
    const select = copySelect(body);
    const format = copyFormat(body);
    const columns = columnFormat(format);
    const query = await understand(select, printSql({ SelectStmt: select }), [], this.context());
    const stream = await runQuery(query, { ...NO_INPUT, resultFormats: [columns] }, this.context());
    try {
      this.out.add(copyOutResponse(query.fields.length, columns));
      const head = copyHead(
        format,
        query.fields.map(({ name }) => name),
      );
      if (head !== undefined) this.out.add(head);
      const { rows } = await stream.send((dataRows) => this.sink(copyRows(dataRows, format)), 0);
      const tail = copyTail(format);
      if (tail !== undefined) this.out.add(tail);
      this.out.add(COPY_DONE);
      this.out.add(commandComplete(`COPY ${rows}`));
    } finally {
      stream.close();
    }
  }

  private readonly sink: RowSink = async (bytes) => {
    this.out.add(bytes);
    if (this.out.pending >= FLUSH_AT_BYTES) await this.out.flush();
  };

  /** Runs one message under the statement timeout, where Cancel reaches it. */
  private async limited(task: () => Promise<void>): Promise<void> {
    const running = new AbortController();
    this.running = running;
    const asked = this.settings.statementTimeout;
    const limit =
      asked === 0 ? this.options.statementTimeoutMs : Math.min(asked, this.options.statementTimeoutMs);
    const timer = setTimeout(() => {
      running.abort(new SqlError(SQLSTATE.queryCanceled, 'canceling statement due to statement timeout'));
    }, limit);
    try {
      await task();
    } finally {
      clearTimeout(timer);
      this.running = undefined;
    }
  }

  private fail(error: unknown): void {
    if (error instanceof ConnectionClosed) throw error;
    if (error instanceof SqlError && error.severity === 'FATAL') throw error;
    this.out.add(errorResponse(this.told(error)));
    this.transaction.fail();
    if (!this.transaction.isBlock) this.endTransaction(false);
  }

  private told(error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    if (error instanceof ChiasmError && error.code === 'snapshot-not-found')
      return new SqlError(SQLSTATE.cannotConnectNow, 'nothing is published yet: run `chiasm refresh` first');
    const kind = error instanceof Error ? error.name : typeof error;
    this.options.events('internal-error', { ...this.options.who, kind });
    return new SqlError(SQLSTATE.internal, 'the server failed; its log names the kind of error');
  }

  private endTransaction(isCommitted: boolean): void {
    this.settings.end(isCommitted);
    this.portals.endTransaction();
    this.bound.clear();
    this.transaction.end();
  }

  private async ready(): Promise<void> {
    if (!this.transaction.isBlock) this.endTransaction(true);
    this.reportSettings();
    this.out.add(readyForQuery(this.transaction.status));
    await this.out.flush();
    if (!this.transaction.isBlock) return;
    this.idle = setTimeout(() => {
      const words = 'terminating connection due to idle-in-transaction timeout';
      this.options.disconnect(fatal(SQLSTATE.idleInTransaction, words));
    }, this.options.idleTransactionMs);
    this.idle.unref();
  }

  private reportSettings(): void {
    const now = this.settings.reported();
    for (const [name, value] of now)
      if (this.reported.get(name) !== value) this.out.add(parameterStatus(name, value));
    this.reported = now;
  }
}

const FLUSH_AT_BYTES = 128 * 1024;
