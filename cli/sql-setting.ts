import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { SqlOptions } from '../serve/sql/sql-server.ts';

/** `sql` in `chiasm.yaml`: the PostgreSQL endpoint (docs/sql.md). */
export const sqlSetting = (duration: z.ZodType<number, string>) =>
  z.strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.int().min(0).max(65535).default(5433),
    tls: z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
    usersFile: z.string().optional(),
    groups: z
      .record(
        z.string().min(1),
        z.array(
          z
            .string()
            .regex(
              /^(marts|staging|cube)(\.[a-z][a-z0-9_]*)?$/,
              'such as marts, staging.condition or cube.cohort',
            ),
        ),
      )
      .optional(),
    maxConnections: z.int().min(1).max(10_000).default(100),
    statementTimeout: duration.prefault('10m'),
    idleTransaction: duration.prefault('1h'),
  });

type SqlSetting = z.infer<ReturnType<typeof sqlSetting>>;

interface Places {
  readonly base: string;
  readonly vault: string;
  readonly state: string;
}

/** Where `chiasm user` keeps users, also while the endpoint is off. */
export function sqlUsersFile(setting: SqlSetting | undefined, { base, vault }: Places): string {
  return setting?.usersFile === undefined ? join(vault, 'sql-users.json') : resolve(base, setting.usersFile);
}

/** The setting with absolute paths and milliseconds. */
export function sqlOptions(setting: SqlSetting, places: Places): SqlOptions {
  const { host, port, tls, groups, maxConnections, statementTimeout, idleTransaction } = setting;
  return {
    host,
    port,
    maxConnections,
    usersFile: sqlUsersFile(setting, places),
    catalogDirectory: join(places.state, 'sql-catalog'),
    statementTimeoutMs: statementTimeout,
    idleTransactionMs: idleTransaction,
    ...(groups === undefined ? {} : { groups }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            certFile: resolve(places.base, tls.certFile),
            keyFile: resolve(places.base, tls.keyFile),
          },
        }),
  };
}
