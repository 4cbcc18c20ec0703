import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startServer } from '../../../serve/http-server.ts';
import type { SqlOptions } from '../../../serve/sql/sql-server.ts';
import { writeUser } from '../../../serve/sql/users.ts';
import { makeFixtureRows } from '../../cube/fixture-rows.ts';
import { publishFixture } from '../../cube/publish-fixture.ts';
import { SECRET } from '../serve-fixture.ts';

export const PASSWORD = 'secret-of-the-tests';

/** Kept between runs: making the cluster takes seconds. */
const catalogDirectory = join(tmpdir(), 'chiasm-tests-sql-catalog');

const STAGING = { condition: `select 1 as number, ['a', 'b'] as texts, {'x': 1, 'y': 'z'} as nested` };

export interface SqlUnderTest {
  /** The HTTP server beside the endpoint. */
  readonly url: string;
  readonly port: number;
  readonly warehouse: string;
  readonly lines: string[];
  /** A connected client of a user: `ana` reads marts, `eng` staging too, `guest` nothing. */
  connect(user?: string, options?: pg.ClientConfig): Promise<pg.Client>;
  /** Publishes again, with fewer persons. */
  publish(persons: number): Promise<void>;
  close(): Promise<void>;
}

/** The server with its PostgreSQL endpoint over a warehouse of its own. */
export async function startSqlTestServer(options: Partial<SqlOptions> = {}): Promise<SqlUnderTest> {
  const warehouse = mkdtempSync(join(tmpdir(), 'chiasm-sql-'));
  const usersFile = join(warehouse, 'users.json');
  const publish = async (persons: number): Promise<void> => {
    await publishFixture(warehouse, makeFixtureRows(7, persons), { staging: STAGING });
  };
  await publish(90);
  for (const [name, group] of [
    ['ana', 'analysts'],
    ['eng', 'engineers'],
    ['guest', 'guests'],
  ] as const)
    await writeUser(usersFile, { name, group, password: PASSWORD });
  const lines: string[] = [];
  const server = await startServer({
    warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: (line) => lines.push(line),
    database: { threads: 2 },
    sql: {
      host: '127.0.0.1',
      port: 0,
      usersFile,
      groups: { analysts: ['marts'], engineers: ['marts', 'staging'] },
      maxConnections: 20,
      statementTimeoutMs: 600_000,
      idleTransactionMs: 600_000,
      catalogDirectory,
      ...options,
    },
  });
  const port = server.sql?.port ?? 0;
  return {
    url: server.url,
    port,
    warehouse,
    lines,
    connect: async (user = 'ana', config = {}) => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user,
        password: PASSWORD,
        database: 'chiasm',
        ...config,
      });
      await client.connect();
      return client;
    },
    publish,
    close: async () => {
      await server.close();
      rmSync(warehouse, { recursive: true, force: true });
    },
  };
}

/** The SQLSTATE that a query ends with; `ok` when it does not fail. */
export async function sqlStateOf(client: pg.Client, sql: string, values?: unknown[]): Promise<string> {
  try {
    await client.query(sql, values);
    return 'ok';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** A certificate for 127.0.0.1 of a day. */
export function makeCertificate(directory: string): { certFile: string; keyFile: string; ca: string } {
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1
     -addext subjectAltName=IP:127.0.0.1 -keyout ${keyFile} -out ${certFile}`.split(/\s+/),
    { stdio: 'ignore' },
  );
  return { certFile, keyFile, ca: readFileSync(certFile, 'utf8') };
}
