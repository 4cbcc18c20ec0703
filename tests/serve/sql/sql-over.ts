import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { ServedSnapshots } from '../../../cube/served-snapshots.ts';
import type { SqlCompiler } from '../../../cube/sql-compiler.ts';
import { startSqlServer } from '../../../serve/sql/sql-server.ts';
import { writeUser } from '../../../serve/sql/users.ts';
import { PASSWORD } from './sql-fixture.ts';

export interface SqlOver {
  readonly lines: string[];
  /** A connected client; a user of each group has its name. */
  connect(group: string, config?: pg.ClientConfig): Promise<pg.Client>;
  close(): Promise<void>;
}

/** The PostgreSQL endpoint over snapshots and a semantic layer that run already. */
export async function startSqlOver(
  {
    snapshots,
    layer,
  }: { readonly snapshots: ServedSnapshots; readonly layer: { readonly sql: SqlCompiler } },
  groups: Readonly<Record<string, readonly string[]>>,
): Promise<SqlOver> {
  const directory = mkdtempSync(join(tmpdir(), 'chiasm-sql-users-'));
  const usersFile = join(directory, 'users.json');
  for (const name of Object.keys(groups))
    await writeUser(usersFile, { name, group: name, password: PASSWORD });
  const lines: string[] = [];
  const sql = await startSqlServer(
    {
      host: '127.0.0.1',
      port: 0,
      usersFile,
      groups,
      maxConnections: 20,
      statementTimeoutMs: 600_000,
      idleTransactionMs: 600_000,
      catalogDirectory: join(tmpdir(), 'chiasm-tests-sql-catalog'),
    },
    snapshots,
    layer.sql,
    (event, details) => lines.push(JSON.stringify({ event, ...details })) > 0,
  );
  return {
    lines,
    connect: async (user, config = {}) => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: sql.port,
        user,
        password: PASSWORD,
        database: 'chiasm',
        ...config,
      });
      await client.connect();
      return client;
    },
    close: async () => {
      await sql.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
