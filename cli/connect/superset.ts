import { type Connection, sqlAlchemyUrl, type Target } from './target.ts';

export function connectSuperset(target: Target): Connection {
  const url = sqlAlchemyUrl(target).replace('@', ':XXXXXXXXXX@');
  const database = {
    databases: [
      {
        database_name: 'Chiasm',
        sqlalchemy_uri: url,
        extra: JSON.stringify({ allows_virtual_table_explore: true }),
      },
    ],
  };
  return {
    files: { 'chiasm-superset.json': `${JSON.stringify(database, undefined, 2)}\n` },
    steps: [
      'Settings → Database Connections → + Database → PostgreSQL → "Connect this database with a SQLAlchemy URI".',
      `URI: ${url} with the password in place of XXXXXXXXXX.`,
      'Datasets → + Dataset → schema marts.',
      'Set the cache timeout of the database so that charts follow the nightly publish.',
    ],
    tried: 'SQLAlchemy reflects tables, keys and comments and reads rows; Superset itself was not at hand.',
  };
}
