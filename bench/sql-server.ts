import { join } from 'node:path';
import { startServer } from '../serve/http-server.ts';
import { writeUser } from '../serve/sql/users.ts';

/** Serves a warehouse over SQL; a process of its own, which prints its port. */
const [warehouse = '', folder = '', password = ''] = process.argv.slice(2);
const usersFile = join(folder, 'sql-users.json');
await writeUser(usersFile, { name: 'bench', group: 'analysts', password });
const server = await startServer({
  warehouse,
  host: '127.0.0.1',
  port: 0,
  secret: 'a secret of the benchmark, long enough',
  demo: false,
  log: () => {},
  sql: {
    host: '127.0.0.1',
    port: 0,
    usersFile,
    maxConnections: 20,
    statementTimeoutMs: 600_000,
    idleTransactionMs: 600_000,
    catalogDirectory: join(folder, 'sql-catalog'),
  },
});
process.stdout.write(`${server.sql?.port}\n`);
process.once('SIGTERM', () => void server.close());
