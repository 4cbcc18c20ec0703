import type { GroupGrants } from '../../serve/sql/grants.ts';

/** Where the PostgreSQL endpoint is and who signs in. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Whether the endpoint speaks TLS: off this machine it always does. */
  readonly hasTls: boolean;
  /** Where REST and the catalog are. */
  readonly httpUrl: string;
  /** `sql.groups`: what each group may read, where that is configured. */
  readonly groups?: GroupGrants | undefined;
}

/** How one tool is connected. */
export interface Connection {
  /** What a person does, step by step. */
  readonly steps: readonly string[];
  /** Files that spare steps, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that a person works on afterwards: never overwritten. */
  readonly starters?: Readonly<Record<string, string>>;
  /** What of this was run by the tests, and what was not. */
  readonly tried: string;
}

/** libpq's word for how much of the certificate is checked. */
export function sslMode({ hasTls }: Target): 'verify-full' | 'disable' {
  return hasTls ? 'verify-full' : 'disable';
}

export function jdbcUrl(target: Target): string {
  const { host, port, database } = target;
  return `jdbc:postgresql://${host}:${port}/${database}?sslmode=${sslMode(target)}`;
}

/** SQLAlchemy's address, without the password. */
export function sqlAlchemyUrl(target: Target): string {
  const { host, port, database, user } = target;
  return `postgresql+psycopg2://${encodeURIComponent(user)}@${host}:${port}/${database}?sslmode=${sslMode(target)}`;
}
