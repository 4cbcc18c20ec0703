import { readFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { ChiasmError } from '../../base/error.ts';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import type { SqlCompiler } from '../../cube/sql-compiler.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import type { EventLog } from '../event-log.ts';
import { isLoopback } from '../host-guard.ts';
import { loadViewDescriptions } from '../view-descriptions.ts';
import { errorResponse } from '../wire/backend.ts';
import { fatal, SQLSTATE } from '../wire/sql-error.ts';
import { createWireServer } from '../wire/wire-server.ts';
import { type Catalog, openCatalog } from './catalog/catalog.ts';
import type { GroupGrants } from './grants.ts';
import { SqlSession } from './session.ts';
import { DATABASE, SERVER_VERSION } from './sql-names.ts';
import { readUsers } from './users.ts';

export interface SqlOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM files; without them the server stays on the loopback address. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Made by `chiasm user add`; read at every sign-in. */
  readonly usersFile: string;
  /** What groups may read; without it every group reads the marts. */
  readonly groups?: GroupGrants;
  readonly maxConnections: number;
  readonly statementTimeoutMs: number;
  readonly idleTransactionMs: number;
  /** Where the catalog's empty cluster is kept. */
  readonly catalogDirectory: string;
}

export interface RunningSqlServer {
  readonly host: string;
  readonly port: number;
  /** Types and routes the statements that come over HTTP, too. */
  readonly catalog: Catalog;
  close(): Promise<void>;
}

/**
 * Starts the PostgreSQL endpoint over the served snapshots and their semantic layer.
 * Throws `sql-tls-invalid`, `sql-users-invalid`, `port-in-use`.
 */
export async function startSqlServer(
  options: SqlOptions,
  snapshots: ServedSnapshots,
  semantic: SqlCompiler,
  events: EventLog,
): Promise<RunningSqlServer> {
  const isLocal = isLoopback(options.host);
  if (!isLocal && options.tls === undefined) {
    throw new ChiasmError(
      'sql-tls-invalid',
      'SQL off this machine needs TLS: set sql.tls.certFile and sql.tls.keyFile, or sql.host 127.0.0.1',
      { params: { host: options.host } },
    );
  }
  const secureContext = await loadTls(options.tls);
  const users = await readUsers(options.usersFile);
  const catalog = openCatalog({
    clusterFile: join(options.catalogDirectory, 'cluster-18.tar'),
    database: DATABASE,
    descriptions: {
      marts: new Map(loadMartDeclarations().map((mart) => [mart.name, mart])),
      views: loadViewDescriptions(),
    },
    semantic,
    grants: options.groups,
    groups: [...new Set([...users.values()].map(({ group }) => group))],
    onRestarted: () => events('sql-catalog-restarted'),
  });
  let isClosing = false;
  const warm = warmUp(catalog, snapshots).catch((error: unknown) => {
    if (isClosing) return;
    events('sql-catalog-failed', { kind: error instanceof Error ? error.name : 'unknown' });
  });
  const wire = createWireServer({
    secureContext,
    requiresTls: !isLocal,
    maxConnections: options.maxConnections,
    verifierOf: async (user) => (await readUsers(options.usersFile)).get(user)?.verifier,
    openSession: async ({ user, parameters, from }, out) => {
      const group = (await readUsers(options.usersFile)).get(user)?.group;
      if (group === undefined) throw fatal(SQLSTATE.invalidPassword, 'password authentication failed');
      const database = parameters.get('database') ?? user;
      if (database !== DATABASE) {
        throw fatal(SQLSTATE.invalidDatabase, 'there is one database here', {
          hint: `Connect to "${DATABASE}".`,
        });
      }
      if (parameters.has('replication'))
        throw fatal(SQLSTATE.featureNotSupported, 'replication is not supported here');
      const who = { subject: user, group, from };
      events('sql-sign-in', who);
      const disconnect = (error: Parameters<typeof errorResponse>[0]): void => {
        out.add(errorResponse(error));
        out.flush().catch(() => undefined);
        out.close();
      };
      const { statementTimeoutMs, idleTransactionMs } = options;
      return new SqlSession(
        {
          who,
          catalog,
          semantic,
          snapshots,
          events,
          database,
          serverVersion: SERVER_VERSION,
          statementTimeoutMs,
          idleTransactionMs,
          disconnect,
        },
        out,
        parameters,
      );
    },
    onRefused: ({ sqlState, from }) => events('refused', { code: 'sql-refused', status: sqlState, from }),
    onFailed: (error) =>
      events('internal-error', { what: 'SQL', kind: error instanceof Error ? error.name : typeof error }),
  });
  try {
    const port = await listen(wire.server, options);
    return {
      host: options.host,
      port,
      catalog,
      close: async () => {
        isClosing = true;
        await wire.close();
        await catalog.close();
        await warm;
      },
    };
  } catch (error) {
    await catalog.close();
    throw error;
  }
}

/** Starts the catalog before the first client needs it. */
async function warmUp(catalog: Catalog, snapshots: ServedSnapshots): Promise<void> {
  const hold = await snapshots.hold().catch(() => undefined);
  if (hold === undefined) return;
  try {
    await catalog.mirror(hold);
  } finally {
    hold.release();
  }
}

async function loadTls(tls: SqlOptions['tls']): Promise<SecureContext | undefined> {
  if (tls === undefined) return undefined;
  try {
    const [cert, key] = await Promise.all([readFile(tls.certFile), readFile(tls.keyFile)]);
    return createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new ChiasmError('sql-tls-invalid', 'the certificate or key of sql.tls cannot be used', {
      params: { certFile: tls.certFile, keyFile: tls.keyFile },
      cause: error,
    });
  }
}

async function listen(server: Server, { port, host }: SqlOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new ChiasmError('port-in-use', `port ${port} on ${host} is taken: set sql.port to another`, {
              params: { port, host },
              cause: error,
            })
          : error,
      );
    });
    server.listen(port, host, () => resolve());
  });
  return (server.address() as AddressInfo).port;
}
