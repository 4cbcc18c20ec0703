import {
  BIND_COMPLETE,
  CLOSE_COMPLETE,
  COPY_DONE,
  commandComplete,
  copyOutResponse,
  EMPTY_QUERY,
  NO_DATA,
  PARSE_COMPLETE,
  PORTAL_SUSPENDED,
  parameterDescription,
  rowDescription,
} from '../wire/backend.ts';
import { type Bind, type FrontendMessage, formatAt } from '../wire/frontend.ts';
import type { Outbox } from '../wire/outbox.ts';
import { movedBy, SQLSTATE, SqlError } from '../wire/sql-error.ts';
import {
  type ControlResult,
  type ControlScope,
  controlFields,
  isControl,
  runControl,
  setConfigOf,
} from './control-statement.ts';
import { CopyWriter, columnFormat, copyFormat, copySelect } from './copy-out.ts';
import { type ParsedStatement, parseStatements } from './parse-statements.ts';
import { type Portal, type Prepared, streamOfPortal } from './portal.ts';
import { NO_INPUT, runQuery, understand } from './query.ts';
import { copyText, statementText } from './query-text.ts';
import { type RowSink, streamOf, textFields, textRow } from './row-stream.ts';

type Unportalled = Exclude<Prepared, { kind: 'query' }>;

const FLUSH_AT_BYTES = 128 * 1024;

/** Answers the messages of one session, both protocols, into its outbox. Errors are thrown. */
export class StatementRunner {
  private readonly out: Outbox;
  private readonly scope: ControlScope;
  /** Statements that are no queries, by the portal that they are bound to. */
  private readonly bound = new Map<string, Unportalled>();

  constructor(scope: ControlScope, out: Outbox) {
    this.scope = scope;
    this.out = out;
  }

  async answer(message: FrontendMessage): Promise<void> {
    switch (message.kind) {
      case 'query':
        return this.simpleQuery(message.sql);
      case 'parse':
        return this.parse(message.name, message.sql, message.parameterOids);
      case 'bind':
        return this.bind(message.bind);
      case 'describe':
        return message.of === 'portal'
          ? this.describePortal(message.name)
          : this.describeStatement(message.name);
      case 'execute':
        return this.execute(message.portal, message.maxRows);
      case 'close':
        if (message.of === 'statement') this.scope.prepared.delete(message.name);
        else this.closePortal(message.name);
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
    const { kind, body } = statement;
    if (!isQuery(statement)) return this.runOther({ kind: 'control', statement }, true);
    const context = this.scope.context();
    context.transaction.refuseFailed();
    if (kind === 'CopyStmt') return this.copy(statement);
    const query = await understand(body, statementText(statement), [], context);
    const stream = await runQuery(query, NO_INPUT, context);
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
    const { prepared } = this.scope;
    if (others.length > 0)
      throw new SqlError(SQLSTATE.syntaxError, 'cannot insert multiple commands into a prepared statement');
    if (name !== '' && prepared.has(name))
      throw new SqlError(SQLSTATE.duplicateStatement, `prepared statement "${name}" already exists`);
    prepared.set(name, await this.prepare(statement, parameterOids));
    this.out.add(PARSE_COMPLETE);
  }

  private async prepare(
    statement: ParsedStatement | undefined,
    parameterOids: readonly number[],
  ): Promise<Prepared> {
    if (statement === undefined) return { kind: 'empty' };
    if (statement.kind !== 'SelectStmt' || !isQuery(statement)) return { kind: 'control', statement };
    const context = this.scope.context();
    context.transaction.refuseFailed();
    const query = await understand(statement.body, statementText(statement), parameterOids, context);
    return { kind: 'query', query };
  }

  private bind(bind: Bind): void {
    const prepared = this.preparedOf(bind.statement);
    this.closePortal(bind.portal);
    if (prepared.kind === 'query') {
      this.scope.context().transaction.refuseFailed();
      this.scope.portals.set(bind.portal, {
        fields: prepared.query.fields,
        formatOf: (index) => formatAt(bind.resultFormats, index),
        open: () => runQuery(prepared.query, bind, this.scope.context()),
        isHeld: false,
        stream: undefined,
      });
    } else {
      this.bound.set(bind.portal, prepared);
    }
    this.out.add(BIND_COMPLETE);
  }

  private describeStatement(name: string): void {
    const prepared = this.preparedOf(name);
    this.out.add(parameterDescription(prepared.kind === 'query' ? prepared.query.parameterOids : []));
    if (prepared.kind === 'query') this.out.add(rowDescription(prepared.query.fields, () => 0));
    else this.describeOther(prepared);
  }

  private describePortal(name: string): void {
    const bound = this.bound.get(name);
    if (bound !== undefined) {
      this.describeOther(bound);
      return;
    }
    const { fields, formatOf } = this.portalOf(name);
    this.out.add(rowDescription(fields, formatOf));
  }

  private describeOther(prepared: Unportalled): void {
    const fields = this.fieldsOf(prepared);
    this.out.add(fields === undefined ? NO_DATA : rowDescription(fields, () => 0));
  }

  private fieldsOf(prepared: Unportalled): ReturnType<typeof controlFields> {
    if (prepared.kind === 'empty') return undefined;
    if (prepared.statement.kind === 'SelectStmt') return textFields('set_config');
    return controlFields(prepared.statement, this.scope.portals);
  }

  private async execute(name: string, maxRows: number): Promise<void> {
    const bound = this.bound.get(name);
    if (bound !== undefined) return this.runOther(bound, false);
    const portal = this.portalOf(name);
    this.scope.context().transaction.refuseFailed();
    const stream = await streamOfPortal(portal);
    const { rows, isDone } = await stream.send(this.sink, maxRows);
    if (isDone) stream.close();
    this.out.add(isDone ? commandComplete(`SELECT ${rows}`) : PORTAL_SUSPENDED);
  }

  /** What is no query; in the simple protocol its rows are described as they come. */
  private async runOther(prepared: Unportalled, isSimple: boolean): Promise<void> {
    if (prepared.kind === 'empty') {
      this.out.add(EMPTY_QUERY);
      return;
    }
    const { statement } = prepared;
    if (statement.kind === 'CopyStmt') {
      this.scope.context().transaction.refuseFailed();
      return this.copy(statement);
    }
    const { tag, rows } =
      statement.kind === 'SelectStmt' ? this.setConfig(statement) : await runControl(statement, this.scope);
    let sent = 0;
    if (rows !== undefined) {
      if (isSimple) this.out.add(rowDescription(rows.fields, rows.formatOf));
      ({ rows: sent } = await rows.stream.send(this.sink, rows.maxRows));
    }
    this.out.add(commandComplete(tag(sent)));
  }

  private setConfig({ body }: ParsedStatement): ControlResult {
    const { settings, context } = this.scope;
    context().transaction.refuseFailed();
    const setting = setConfigOf(body);
    if (setting === undefined) throw new Error('the statement sets nothing');
    settings.set(setting.name, setting.value, setting.isLocal);
    const stream = streamOf([textRow(settings.get(setting.name) ?? '')]);
    return {
      tag: () => 'SELECT 1',
      rows: { fields: textFields('set_config'), formatOf: () => 0, stream, maxRows: 0 },
    };
  }

  private async copy(statement: ParsedStatement): Promise<void> {
    const { body } = statement;
    const select = copySelect(body);
    const format = copyFormat(body);
    const columns = columnFormat(format);
    const context = this.scope.context();
    const query = await understand(select, copyText(statement, select), [], context);
    const stream = await runQuery(query, { ...NO_INPUT, resultFormats: [columns] }, context);
    try {
      this.out.add(copyOutResponse(query.fields.length, columns));
      const writer = new CopyWriter(format);
      this.out.add(writer.head(query.fields.map(({ name }) => name)));
      const { rows } = await stream.send((dataRows) => this.sink(writer.rows(dataRows)), 0);
      this.out.add(writer.tail());
      this.out.add(COPY_DONE);
      this.out.add(commandComplete(`COPY ${rows}`));
    } finally {
      stream.close();
    }
  }

  private preparedOf(name: string): Prepared {
    const prepared = this.scope.prepared.get(name);
    if (prepared === undefined)
      throw new SqlError(SQLSTATE.invalidStatementName, `prepared statement "${name}" does not exist`);
    return prepared;
  }

  private portalOf(name: string): Portal {
    const portal = this.scope.portals.get(name);
    if (portal === undefined)
      throw new SqlError(SQLSTATE.invalidCursorName, `portal "${name}" does not exist`);
    return portal;
  }

  private closePortal(name: string): void {
    this.scope.portals.close(name);
    this.bound.delete(name);
  }

  private readonly sink: RowSink = async (bytes) => {
    this.out.add(bytes);
    if (this.out.pending >= FLUSH_AT_BYTES) await this.out.flush();
  };
}

/** Whether a statement asks for rows of data or of the catalog. */
function isQuery({ kind, body }: ParsedStatement): boolean {
  return !isControl(kind) && (kind !== 'SelectStmt' || setConfigOf(body) === undefined);
}
