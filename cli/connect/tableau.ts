import type { Connection, Target } from './target.ts';

/** A data source file (`.tds`) that asks for the password alone. */
export function connectTableau({ host, port, database, user, hasTls }: Target): Connection {
  const attributes = {
    class: 'postgres',
    dbname: database,
    server: host,
    port: String(port),
    username: user,
    authentication: 'username-password',
    sslmode: hasTls ? 'require' : '',
    schema: 'marts',
  };
  const written = Object.entries(attributes).map(([name, value]) => `${name}='${escapeXml(value)}'`);
  return {
    files: {
      'chiasm.tds': `<?xml version='1.0' encoding='utf-8' ?>
<datasource formatted-name='chiasm' inline='true' version='18.1'>
  <connection ${written.join(' ')} />
</datasource>
`,
    },
    steps: [
      'Open chiasm.tds in Tableau Desktop (or: Connect → To a Server → PostgreSQL).',
      `Server ${host}, port ${port}, database ${database}, user ${user} and its password${hasTls ? ', Require SSL' : ''}.`,
      'Schema marts: drag tables; relationships follow the declared keys.',
      'Live, or an extract that is refreshed after the nightly publish.',
    ],
    tried: 'Its driver (pgjdbc) reads metadata, keys and rows; Tableau itself was not at hand.',
  };
}

function escapeXml(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
