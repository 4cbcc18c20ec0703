import { type Connection, jdbcUrl, type Target } from './target.ts';

export function connectDBeaver(target: Target): Connection {
  const { host, port, database, user } = target;
  const specification = `driver=postgresql|name=Chiasm|host=${host}|port=${port}|database=${database}|user=${user}|connect=true|create=true|save=true`;
  return {
    files: {},
    steps: [
      `On the command line: dbeaver -con "${specification}"`,
      `Or: Database → New Connection → PostgreSQL, Connect by URL ${jdbcUrl(target)}, user ${user} and its password.`,
      'Tables, comments, keys and diagrams are below chiasm → Schemas → marts.',
    ],
    tried: 'Its driver (pgjdbc) reads metadata, keys and rows; DBeaver itself was not at hand.',
  };
}
