import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveAsOf } from '../etl/warehouse/as-of.ts';
import { appendToAuditFile } from '../serve/audit-file.ts';
import { startServer } from '../serve/http-server.ts';
import type { Config } from './config.ts';
import { runSchedule } from './run-schedule.ts';
import { loadTokenSecret } from './secret.ts';

export interface ServeMode {
  /** Synthetic data: every visitor of this machine is signed in. */
  readonly isDemo: boolean;
  readonly demoPatientKey?: string | undefined;
  /** Serves one snapshot for good, named by number, release, day or instant. */
  readonly asOf?: string | undefined;
}

export interface Served {
  readonly url: string;
  readonly secret: string;
  /** Where the PostgreSQL endpoint listens. */
  readonly sql: { readonly host: string; readonly port: number } | undefined;
  /** Resolves when the server has been asked to stop and has stopped. */
  readonly ended: Promise<void>;
}

/** Serves a configuration, and where it serves what is current keeps the schedule, until the process is asked to stop. */
export async function runServer(config: Config, mode: ServeMode): Promise<Served> {
  const secret = loadTokenSecret(config.serve.secretFile);
  const { warehouse } = config.directories;
  const fixed = mode.asOf === undefined ? undefined : await resolveAsOf(warehouse, mode.asOf);
  await mkdir(config.directories.state, { recursive: true, mode: 0o700 });
  const auditFile = join(config.directories.state, 'audit.ndjson');
  const server = await startServer({
    warehouse,
    ...(fixed === undefined ? {} : { fixed }),
    host: config.serve.host,
    port: config.serve.port,
    secret,
    demo: mode.isDemo,
    ...(mode.demoPatientKey === undefined ? {} : { demoPatientKey: mode.demoPatientKey }),
    log: appendToAuditFile(auditFile, (code) =>
      process.stderr.write(`the audit log cannot be written (${code}); lines are lost until it can
`),
    ),
    ...(config.serve.readyMaxAgeHours === undefined
      ? {}
      : { readyMaxAgeHours: config.serve.readyMaxAgeHours }),
    records: {
      groups: mode.isDemo ? ['analysts'] : config.serve.recordGroups,
      directories: { private: config.directories.private, landing: config.directories.landing },
    },
    ...(config.sql === undefined ? {} : { sql: config.sql }),
    database: {
      temporaryDirectory: join(config.directories.state, 'serve-spill'),
      ...(config.memoryLimit === undefined ? {} : { memoryLimit: config.memoryLimit }),
    },
  });
  const sql =
    server.sql === undefined ? '' : ` and SQL (PostgreSQL) on ${server.sql.host}:${server.sql.port}`;
  process.stderr.write(
    `serving ${fixed === undefined ? '' : `snapshot ${fixed} at `}${server.url}${sql} (who asked what: ${auditFile}; stop with Ctrl-C)
`,
  );
  const stopping = new AbortController();
  const isScheduling = !mode.isDemo && fixed === undefined;
  const scheduling = isScheduling ? runSchedule(config, stopping.signal) : Promise.resolve();
  const ended = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      stopping.abort();
      Promise.all([server.close(), scheduling]).then(() => resolve(), reject);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    scheduling.catch((error: unknown) => server.close().finally(() => reject(error)));
  });
  return { url: server.url, secret, sql: server.sql, ended };
}
