import type { Connection, Target } from './target.ts';

/** Power BI Desktop opens a `.pbids` file as a data source that only lacks the password. */
export function connectPowerBi({ host, port, database, user, hasTls }: Target): Connection {
  const server = `${host}:${port}`;
  const source = {
    version: '0.1',
    connections: [
      {
        details: { protocol: 'postgresql', address: { server, database } },
        options: {},
        mode: 'Import',
      },
    ],
  };
  return {
    files: { 'chiasm.pbids': `${JSON.stringify(source, undefined, 2)}\n` },
    steps: [
      'Open chiasm.pbids in Power BI Desktop (or: Get data → PostgreSQL database).',
      `Server ${server}, database ${database}, mode Import.`,
      `Sign in under "Database": user ${user} and its password (chiasm user add ${user}).`,
      hasTls
        ? 'The certificate of the endpoint must be trusted by Windows: import its authority into "Trusted Root Certification Authorities".'
        : 'Without TLS Power BI offers an unencrypted connection: accept it, the endpoint listens on this machine only.',
      'In the Navigator choose the tables of marts; the joins come along (Model view).',
      'A table that grows every night: filter its date column by RangeStart and RangeEnd, and set incremental refresh.',
      'In the service, through the on-premises gateway: docs/gateway.md.',
    ],
    tried:
      'The endpoint answers the queries that its driver (Npgsql) sends; Power BI Desktop itself was not at hand.',
  };
}
