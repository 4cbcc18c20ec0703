import type { Connection, Target } from './target.ts';

export function connectMetabase({ host, port, database, user, hasTls }: Target): Connection {
  return {
    files: {},
    steps: [
      'Admin → Databases → Add database → PostgreSQL.',
      `Host ${host}, port ${port}, database ${database}, user ${user} and its password.`,
      'Schemas: only these: marts.',
      hasTls
        ? 'Use a secure connection (SSL): yes, mode verify-full.'
        : 'Use a secure connection (SSL): no; the endpoint listens on this machine only.',
      'Advanced → Rerun queries for simple explorations: on; Scanning: after the nightly refresh, "Regularly, on a schedule".',
      'Foreign keys are found by the sync: questions join by themselves.',
    ],
    tried: 'Its driver (pgjdbc) reads metadata, keys and rows; Metabase itself was not at hand.',
  };
}
