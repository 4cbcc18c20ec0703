import { type Connection, sslMode, type Target } from './target.ts';

/** Excel reads through ODBC; a file DSN holds everything but the password. */
export function connectExcel(target: Target): Connection {
  const { host, port, database, user } = target;
  const dsn = {
    DRIVER: 'PostgreSQL Unicode(x64)',
    SERVER: host,
    PORT: String(port),
    DATABASE: database,
    UID: user,
    SSLMODE: sslMode(target),
    // Chunks instead of the whole result in memory.
    UseDeclareFetch: '1',
    Fetch: '10000',
    ReadOnly: '1',
  };
  const lines = Object.entries(dsn).map(([name, value]) => `${name}=${value}`);
  return {
    files: { 'chiasm.dsn': `[ODBC]\r\n${lines.join('\r\n')}\r\n` },
    steps: [
      'Install psqlODBC (https://odbc.postgresql.org), 64 bits for a 64-bit Excel.',
      'Put chiasm.dsn into Documents\\My Data Sources.',
      'Data → Get Data → From Other Sources → From ODBC → (none), Advanced: connection string FILEDSN=chiasm.dsn;',
      `Sign in under "Database" as ${user}; choose tables of marts, or write SQL under "Advanced".`,
      'Data → Refresh All reads the newest snapshot.',
    ],
    tried:
      'psqlODBC reads tables, keys and rows through the same settings under unixODBC; Excel itself was not at hand.',
  };
}
