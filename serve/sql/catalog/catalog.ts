import { sqlName, sqlString } from '../../../base/sql-text.ts';
import type { SnapshotHold } from '../../../cube/served-snapshots.ts';
import type { SemanticView, SqlCompiler } from '../../../cube/sql-compiler.ts';
import { int16, int32, message } from '../../wire/backend.ts';
import { SQLSTATE, SqlError } from '../../wire/sql-error.ts';
import type { GroupGrants, TableGrants } from '../grants.ts';
import { CUBE_SCHEMA, type CubeGrants, tableGrants } from '../grants.ts';
import { semanticTableReader } from '../semantic/semantic-table.ts';
import { type BackendMessage, messagesOf, type StatementTypes, typesOf } from './catalog-answer.ts';
import { type CatalogThread, startCatalogThread } from './catalog-thread.ts';
import { groupRole, mirrorDdl, mirrorFingerprint, rowCountSql } from './mirror-ddl.ts';
import { type PublishedTable, readPublishedTables, type TableDescriptions } from './published-table.ts';

/** Whose eyes the catalog is read with. */
export interface CatalogReader {
  readonly user: string;
  readonly group: string;
  readonly searchPath: string;
  readonly timeZone: string;
}

/** The tables that the catalog shows, as of one snapshot. */
export interface MirroredTables {
  /** Goes up when tables, columns or grants change: statements typed before are typed anew. */
  readonly generation: number;
  readonly grants: TableGrants;
  find(schema: string, name: string): PublishedTable | undefined;
}

export interface Catalog {
  /**
   * Makes the catalog show the tables of a snapshot to a group, among others. Throws 55000 for an old snapshot
   * with other tables.
   */
  mirror(hold: SnapshotHold, group?: string): Promise<MirroredTables>;
  /** Parameters and columns of one statement. Throws PostgreSQL's own error about it. */
  describe(reader: CatalogReader, sql: string, parameterOids: readonly number[]): Promise<StatementTypes>;
  /** Runs one statement with the rest of a Bind message; the answer's messages. */
  run(
    reader: CatalogReader,
    sql: string,
    parameterOids: readonly number[],
    bindTail: Buffer,
  ): Promise<readonly BackendMessage[]>;
  close(): Promise<void>;
}

export interface CatalogOptions {
  readonly clusterFile: string;
  readonly database: string;
  readonly descriptions: TableDescriptions;
  readonly semantic: SqlCompiler;
  /** Groups with what they may read, as configured. */
  readonly grants: GroupGrants | undefined;
  /** Groups that users belong to when the server starts. */
  readonly groups: readonly string[];
  readonly onRestarted: () => void;
}

const SYNC = message('S');
const MOST_DESCRIBED = 1000;

/** PostgreSQL over an empty copy of the published tables: it answers catalog queries and types statements. */
export function openCatalog(options: CatalogOptions): Catalog {
  const readSemanticTables = semanticTableReader(options.semantic);
  let thread: Promise<CatalogThread> | undefined;
  let mirrored:
    | { readonly snapshot: number; readonly fingerprint: string; readonly tables: MirroredTables }
    | undefined;
  let ddl: string | undefined;
  let counts = '';
  let generation = 0;
  let acting = '';
  const closing = new AbortController();
  const groupsSeen = new Set(options.groups);
  const roles = new Map<string, string>();
  /** Tools send the same statements again and again. */
  const described = new Map<string, StatementTypes>();
  let queue: Promise<unknown> = Promise.resolve();

  /** One at a time: the session of the catalog is shared by all. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = queue.then(task);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const running = (): Promise<CatalogThread> => {
    if (closing.signal.aborted) return Promise.reject(new Error('the catalog is closed'));
    thread ??= start();
    return thread;
  };
  const start = async (): Promise<CatalogThread> => {
    acting = '';
    roles.clear();
    try {
      const { clusterFile, database } = options;
      const started = await startCatalogThread({ clusterFile, database }, closing.signal, () => {
        thread = undefined;
        if (!closing.signal.aborted) options.onRestarted();
      });
      if (ddl !== undefined) await started.runSql(ddl + counts);
      return started;
    } catch (error) {
      thread = undefined;
      throw error;
    }
  };
  const asOwner = async (sql: string): Promise<void> => {
    const catalog = await running();
    acting = '';
    await catalog.runSql(`set session authorization postgres; ${sql}`);
  };
  const addRole = async ({ user, group }: CatalogReader): Promise<void> => {
    if (roles.get(user) === group) return;
    const role = sqlName(groupRole(group));
    await asOwner(`
      do $$ begin
        if not exists (select from pg_roles where rolname = ${sqlString(groupRole(group))}) then create role ${role}; end if;
        if exists (select from pg_roles where rolname = ${sqlString(user)}) then drop role ${sqlName(user)}; end if;
        create role ${sqlName(user)} login in role ${role};
      end $$`);
    roles.set(user, group);
  };
  const actAs = async (reader: CatalogReader): Promise<CatalogThread> => {
    const catalog = await running();
    await addRole(reader);
    const { user, searchPath, timeZone } = reader;
    const wanted = JSON.stringify([user, searchPath, timeZone]);
    if (acting !== wanted) {
      acting = '';
      await catalog.runSql(
        `set session authorization postgres; set search_path = ${searchPath}; set timezone = ${sqlString(timeZone)};
         set session authorization ${sqlName(user)}`,
      );
      acting = wanted;
    }
    return catalog;
  };

  /** What each group sees of the cube views. */
  const cubeGrants = async (tables: readonly PublishedTable[]): Promise<CubeGrants> => {
    const groups = new Set([...groupsSeen, ...Object.keys(options.grants ?? {})]);
    const visible = new Map<string, ReadonlyMap<string, readonly string[]>>();
    for (const group of groups) {
      // A rule that cannot be told without a person shows the group nothing, and keeps nobody else from the catalog.
      const views = await options.semantic
        .views({ subject: '', group })
        .catch((): ReadonlyMap<string, SemanticView> => new Map());
      const columns = tables
        .filter(({ schema }) => schema === CUBE_SCHEMA)
        .map(({ name, columns }) => {
          const members = views.get(name)?.members;
          return [name, columns.map((column) => column.name).filter((each) => members?.has(each))] as const;
        });
      visible.set(group, new Map(columns));
    }
    const all = [...(await options.semantic.views()).values()];
    return { visible, ruled: new Set(all.filter(({ hasRules }) => hasRules).map(({ name }) => name)) };
  };

  const mirror = async (hold: SnapshotHold, group: string | undefined): Promise<MirroredTables> => {
    const { number } = hold.snapshot;
    const known = mirrored;
    const isKnownGroup = group === undefined || groupsSeen.has(group);
    if (known?.snapshot === number && isKnownGroup) return known.tables;
    if (group !== undefined) groupsSeen.add(group);
    const published = await readPublishedTables(hold, options.descriptions);
    const tables = [...published, ...(await readSemanticTables(hold, published))];
    const grants = tableGrants(options.grants, groupsSeen, await cubeGrants(tables));
    const wanted = mirrorDdl(tables, grants);
    const fingerprint = mirrorFingerprint(wanted);
    if (mirrored !== undefined && mirrored.fingerprint !== fingerprint && number < mirrored.snapshot) {
      throw new SqlError(
        SQLSTATE.objectNotInState,
        'a publish has changed the tables since this transaction began',
        { hint: 'End the transaction and begin another.' },
      );
    }
    if (mirrored !== undefined && number < mirrored.snapshot) return mirrored.tables;
    counts = rowCountSql(tables);
    if (mirrored?.fingerprint === fingerprint) {
      await asOwner(counts);
      mirrored = { ...mirrored, snapshot: number };
      return mirrored.tables;
    }
    ddl = wanted;
    await asOwner(ddl + counts);
    generation += 1;
    const byName = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]));
    const shown = {
      generation,
      grants,
      find: (schema: string, name: string) => byName.get(`${schema}.${name}`),
    };
    mirrored = { snapshot: number, fingerprint, tables: shown };
    return shown;
  };

  return {
    mirror: (hold, group) => inTurn(() => mirror(hold, group)),
    describe: (reader, sql, parameterOids) =>
      inTurn(async () => {
        const key = JSON.stringify([generation, reader.searchPath, parameterOids, sql]);
        const known = described.get(key);
        if (known !== undefined) return known;
        const catalog = await actAs(reader);
        const bytes = Buffer.concat([parse(sql, parameterOids), message('D', Buffer.from('S'), ''), SYNC]);
        const types = typesOf(messagesOf(await catalog.send(bytes)));
        if (described.size >= MOST_DESCRIBED) described.clear();
        described.set(key, types);
        return types;
      }),
    run: (reader, sql, parameterOids, bindTail) =>
      inTurn(async () => {
        const catalog = await actAs(reader);
        const bytes = Buffer.concat([
          parse(sql, parameterOids),
          message('B', '', '', bindTail),
          message('E', '', int32(0)),
          SYNC,
        ]);
        return messagesOf(await catalog.send(bytes));
      }),
    close: async () => {
      closing.abort();
      await thread?.catch(() => undefined);
    },
  };
}

/** psql before 17 asks for a column by the name that it had in PostgreSQL 15; places in the text stay. */
function inTodaysNames(sql: string): string {
  return sql.replaceAll('daticulocale', 'datlocale   ');
}

function parse(sql: string, parameterOids: readonly number[]): Buffer {
  return message('P', '', inTodaysNames(sql), int16(parameterOids.length), ...parameterOids.map(int32));
}
