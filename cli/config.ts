import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ChiasmError } from '../base/error.ts';
import { isMissing } from '../base/files.ts';
import type { GuardPolicy } from '../etl/refresh/guard.ts';
import type { DataDirectories, Source } from '../etl/refresh/refresh-options.ts';
import { fhirBulkSource } from '../etl/source/bulk-config.ts';
import { PROFILE_NAMES, type ProfileName } from '../models/privacy-profile.ts';
import { type RuleParameters, ruleParameters } from '../models/rule-parameters.ts';
import type { SqlOptions } from '../serve/sql/sql-server.ts';
import { type Schedule, scheduleSetting } from './schedule-times.ts';
import { sqlOptions, sqlSetting, sqlUsersFile } from './sql-setting.ts';
import { type Webhook, webhookSetting } from './webhook-setting.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'small letters, digits, - and _, at most 63');

const fhirFolder = z.strictObject({
  name,
  kind: z.literal('fhir-folder'),
  path: z.string().min(1),
  baseUrl: z.url().optional(),
  deletes: z.enum(['bundles', 'anti-join']).optional(),
});

const dicomFolder = z.strictObject({
  name,
  kind: z.literal('dicom-folder'),
  path: z.string().min(1),
  patientIdIssuers: z.record(z.string(), z.string()).optional(),
  defaultIssuer: z.string().optional(),
  accessionIssuers: z.record(z.string(), z.string()).optional(),
  accessionSystem: z.string().optional(),
});

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?\s*(s|m|h|d)$/, 'a number and s, m, h or d, such as 24h')
  .transform(
    (text) => Number.parseFloat(text) * { s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[text.at(-1) as 's' | 'm'],
  );

const config = z.strictObject({
  data: z.string().min(1).default('chiasm-data'),
  codes: z.string().min(1).optional(),
  sources: z
    .array(z.discriminatedUnion('kind', [fhirFolder, dicomFolder, fhirBulkSource]))
    .min(1)
    .refine(
      (sources) => new Set(sources.map((source) => source.name)).size === sources.length,
      'names must differ',
    ),
  privacy: z
    .strictObject({ profile: z.enum(PROFILE_NAMES).default('research'), keyFile: z.string().optional() })
    .prefault({}),
  snapshots: z
    .strictObject({ keep: z.int().min(1).default(3), grace: duration.prefault('24h') })
    .prefault({}),
  guard: z
    .strictObject({
      maxDeletedShare: z.number().min(0).max(1).default(0.01),
      maxFallShare: z.number().min(0).max(1).default(0.05),
      ignoreBelow: z.int().min(1).default(10),
    })
    .prefault({}),
  rules: ruleParameters.prefault({}),
  memoryLimit: z
    .string()
    .regex(/^\d+(\.\d+)?\s*(MB|GB|TB)$/, 'such as 4GB')
    .optional(),
  serve: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(4000),
      secretFile: z.string().optional(),
      readyMaxAgeHours: z.number().positive().optional(),
      recordGroups: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  schedule: scheduleSetting(duration).optional(),
  webhook: webhookSetting.optional(),
  sql: sqlSetting(duration).optional(),
});

/** `chiasm.yaml`, checked, with every path absolute. */
export interface Config {
  readonly file: string;
  readonly sources: readonly Source[];
  readonly directories: DataDirectories;
  readonly profile: ProfileName;
  readonly retention: { readonly keep: number; readonly graceMs: number };
  readonly guard: GuardPolicy;
  readonly rules: RuleParameters;
  readonly memoryLimit: string | undefined;
  /** Folder of the site's own rows for the code tables. */
  readonly codes: string | undefined;
  readonly serve: {
    readonly host: string;
    readonly port: number;
    readonly secretFile: string;
    /** `/readyz` says no when the snapshot is older. */
    readonly readyMaxAgeHours: number | undefined;
    /** Groups of tokens that may open rows to records. */
    readonly recordGroups: readonly string[];
  };
  /** When `chiasm serve` or `chiasm schedule` start a refresh. */
  readonly schedule: Schedule | undefined;
  /** Who is told how refreshes end. */
  readonly webhook: Webhook | undefined;
  /** Users of the PostgreSQL endpoint. */
  readonly sqlUsersFile: string;
  /** The PostgreSQL endpoint; undefined when the configuration has no `sql`. */
  readonly sql: SqlOptions | undefined;
}

/** Reads and checks a configuration file. Throws `config-not-found`, or `config-invalid` that names the line. */
export function loadConfig(file: string): Config {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ChiasmError(
      'config-not-found',
      `${file} ${isMissing(error) ? 'does not exist' : 'cannot be read'}: write one (see README, "Your own servers"), or name another with -c`,
      { params: { file }, cause: error },
    );
  }
  return parseConfig(text, path);
}

/** The same for a text that would lie at `path`. */
export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw invalid(path, lines.linePos(syntax.pos[0]).line, [], syntax.message.split('\n')[0] ?? 'not YAML');
  }
  const parsed = config.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const keys =
      issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : (issue?.path ?? []);
    throw invalid(path, lineOf(document, lines, keys), keys, issue?.message ?? 'invalid');
  }
  const base = dirname(path);
  const {
    data,
    sources,
    privacy,
    snapshots,
    guard,
    rules,
    codes,
    serve,
    sql,
    memoryLimit,
    schedule,
    webhook,
  } = parsed.data;
  const home = resolve(base, data);
  const vault = join(home, 'vault');
  const state = join(home, 'state');
  const places = { base, vault, state };
  return {
    file: path,
    sources: sources.map((source) => withAbsolutePaths(source, base)),
    directories: {
      landing: join(home, 'landing'),
      vault,
      keyFile: privacy.keyFile === undefined ? join(vault, 'key') : resolve(base, privacy.keyFile),
      warehouse: join(home, 'warehouse'),
      private: join(home, 'private'),
      state,
    },
    profile: privacy.profile,
    guard,
    rules,
    retention: { keep: snapshots.keep, graceMs: snapshots.grace },
    memoryLimit,
    codes: codes === undefined ? undefined : resolve(base, codes),
    serve: {
      host: serve.host,
      port: serve.port,
      secretFile:
        serve.secretFile === undefined ? join(vault, 'token-secret') : resolve(base, serve.secretFile),
      readyMaxAgeHours: serve.readyMaxAgeHours,
      recordGroups: serve.recordGroups,
    },
    schedule,
    webhook: webhook && {
      ...webhook,
      secretFile: webhook.secretFile === undefined ? undefined : resolve(base, webhook.secretFile),
    },
    sqlUsersFile: sqlUsersFile(sql, places),
    sql: sql && sqlOptions(sql, places),
  };
}

function withAbsolutePaths(source: z.infer<typeof config>['sources'][number], base: string): Source {
  if (source.kind !== 'fhir-bulk') return { ...source, path: resolve(base, source.path) };
  const { auth } = source;
  return {
    ...source,
    baseUrl: source.baseUrl ?? source.url,
    auth: auth.kind === 'none' ? auth : { ...auth, keyFile: resolve(base, auth.keyFile) },
  };
}

/** The line of the innermost node that exists on the way to a value. */
function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  keys: readonly PropertyKey[],
): number {
  for (let length = keys.length; length > 0; length--) {
    const node = document.getIn(keys.slice(0, length), true) as
      | { readonly range?: readonly [number] }
      | undefined;
    const start = node?.range?.[0];
    if (start !== undefined) return lines.linePos(start).line;
  }
  return 1;
}

function invalid(path: string, line: number, keys: readonly PropertyKey[], reason: string): ChiasmError {
  const where = keys.length === 0 ? '' : ` (${keys.map(String).join('.')})`;
  return new ChiasmError('config-invalid', `${path}, line ${line}${where}: ${reason}`, { params: { line } });
}
