import { ChiasmError } from '../../base/error.ts';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import type { SqlCompiler } from '../../cube/sql-compiler.ts';
import type { EventLog } from '../event-log.ts';
import { errorResponse, parameterStatus, readyForQuery } from '../wire/backend.ts';
import type { FrontendMessage } from '../wire/frontend.ts';
import { ConnectionClosed, type Outbox } from '../wire/outbox.ts';
import { fatal, SQLSTATE, SqlError } from '../wire/sql-error.ts';
import type { WireSession } from '../wire/wire-server.ts';
import type { SqlSubject } from './audit-query.ts';
import type { Catalog } from './catalog/catalog.ts';
import { Portals } from './portal.ts';
import type { QueryContext } from './query.ts';
import { SessionSettings } from './settings.ts';
import { StatementRunner } from './statement-runner.ts';
import { Transaction } from './transaction.ts';

export interface SessionOptions {
  readonly who: SqlSubject;
  readonly catalog: Catalog;
  readonly semantic: SqlCompiler;
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

/** One client's session: its settings, statements, portals and transaction, and what becomes of errors. */
export class SqlSession implements WireSession {
  private readonly options: SessionOptions;
  private readonly out: Outbox;
  private readonly settings = new SessionSettings();
  private readonly portals = new Portals();
  private readonly transaction: Transaction;
  private readonly runner: StatementRunner;
  /** Reaches whatever runs until the session is ready again. */
  private running: AbortController | undefined;
  private reported: ReadonlyMap<string, string> = new Map();
  /** After an error in the extended protocol: everything up to Sync is passed over. */
  private isSkipping = false;
  private idle: NodeJS.Timeout | undefined;

  /** Throws a fatal error for startup parameters that cannot be honoured. */
  constructor(options: SessionOptions, out: Outbox, startup: ReadonlyMap<string, string>) {
    this.options = options;
    this.out = out;
    this.transaction = new Transaction(options.snapshots);
    this.runner = new StatementRunner(
      {
        settings: this.settings,
        portals: this.portals,
        prepared: new Map(),
        context: () => this.context(),
        endTransaction: (isCommitted) => this.endTransaction(isCommitted),
        notify: (message) => out.add(message),
      },
      out,
    );
    try {
      for (const [name, value] of startupSettings(startup)) this.settings.set(name, value);
    } catch (error) {
      throw error instanceof SqlError ? fatal(error.sqlState, error.message) : error;
    }
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
      return this.ready();
    }
    if (this.isSkipping) return;
    try {
      await this.limited(() => this.runner.answer(message));
    } catch (error) {
      this.fail(error);
      if (message.kind !== 'query') this.isSkipping = true;
    }
    if (message.kind === 'query') return this.ready();
    if (this.isSkipping || message.kind === 'flush') await this.out.flush();
  }

  private context(): QueryContext {
    const { catalog, semantic, snapshots, events, who, database, serverVersion } = this.options;
    const { searchPath } = this.settings;
    const quoted = searchPath.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
    return {
      catalog,
      semantic,
      snapshots,
      transaction: this.transaction,
      events,
      who,
      searchPath,
      reader: {
        user: who.subject,
        group: who.group,
        searchPath: quoted === '' ? `''` : quoted,
        timeZone: this.settings.get('TimeZone') ?? 'UTC',
      },
      facts: {
        user: who.subject,
        database,
        schema: searchPath[0] ?? '',
        version: `PostgreSQL ${serverVersion}`,
      },
      signal: () => (this.running ?? new AbortController()).signal,
    };
  }

  /** Runs one message under the statement timeout, where Cancel reaches it, now or when it came just before. */
  private async limited(task: () => Promise<void>): Promise<void> {
    this.running ??= new AbortController();
    const { running } = this;
    const most = this.options.statementTimeoutMs;
    const asked = this.settings.statementTimeout;
    const timer = setTimeout(
      () => {
        const words = 'canceling statement due to statement timeout';
        running.abort(new SqlError(SQLSTATE.queryCanceled, words));
      },
      asked === 0 ? most : Math.min(asked, most),
    );
    try {
      running.signal.throwIfAborted();
      await task();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Tells the client of an error; throws those that end the session. */
  private fail(error: unknown): void {
    if (error instanceof ConnectionClosed) throw error;
    if (error instanceof SqlError && error.severity === 'FATAL') throw error;
    this.out.add(errorResponse(this.told(error)));
    if (this.transaction.isBlock) this.transaction.fail();
    else this.endTransaction(false);
  }

  private told(error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    if (error instanceof ChiasmError && error.code === 'snapshot-not-found')
      return new SqlError(SQLSTATE.cannotConnectNow, 'nothing is published yet: run `chiasm refresh` first');
    const kind = error instanceof Error ? error.name : typeof error;
    this.options.events('internal-error', { ...this.options.who, what: 'SQL', kind });
    return new SqlError(SQLSTATE.internal, 'the server failed; its log names the kind of error');
  }

  private endTransaction(isCommitted: boolean): void {
    this.settings.end(isCommitted);
    this.portals.endTransaction();
    this.transaction.end();
  }

  private async ready(): Promise<void> {
    this.running = undefined;
    if (!this.transaction.isBlock) this.endTransaction(true);
    this.reportSettings();
    this.out.add(readyForQuery(this.transaction.status));
    await this.out.flush();
    if (this.transaction.isBlock)
      this.idle = setTimeout(() => this.endIdle(), this.options.idleTransactionMs);
    this.idle?.unref();
  }

  private endIdle(): void {
    const words = 'terminating connection due to idle-in-transaction timeout';
    this.options.disconnect(fatal(SQLSTATE.idleInTransaction, words));
  }

  private reportSettings(): void {
    const now = this.settings.reported();
    for (const [name, value] of now)
      if (this.reported.get(name) !== value) this.out.add(parameterStatus(name, value));
    this.reported = now;
  }
}

/** Settings in a startup packet: by name, or in `options` as `-c name=value`. */
function startupSettings(
  startup: ReadonlyMap<string, string>,
): readonly (readonly [name: string, value: string])[] {
  const others = ['user', 'database', 'options', 'replication'];
  const named = [...startup].filter(([name]) => !others.includes(name));
  const options = (startup.get('options') ?? '').matchAll(/(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g);
  return [
    ...named,
    ...[...options].map(([, name = '', value = '']) => [name, value.replace(/\\(.)/g, '$1')] as const),
  ];
}
