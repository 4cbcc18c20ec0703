import { Client } from 'fhir-kit-client';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import type { FhirBulkSource } from './bulk-config.ts';
import { describeNetworkError, originOf } from './bulk-http.ts';
import { type RetryPolicy, TransientFault, withRetry } from './bulk-retry.ts';

export type BulkVersion = 'stu2' | 'stu3' | 'ballot4';

/** What a server says, or is known, to be able to do. */
export interface ServerAbilities {
  readonly version: BulkVersion;
  /** False where the server has no `_since`: everything is exported each time. */
  readonly hasSince: boolean;
}

const OAUTH_EXTENSION = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
const BULK_CANONICAL = /hl7\.org\/fhir\/uv\/bulkdata\//;
const REQUEST_MS = 60_000;

const operation = z.object({ name: z.string().catch(''), definition: z.string().catch('') });
const operations = z.array(operation).catch([]);
const oauthUris = z.array(
  z.object({
    url: z.string(),
    extension: z.array(z.object({ url: z.string(), valueUri: z.string().optional() })).optional(),
  }),
);
const capabilityStatement = z.object({
  software: z.object({ name: z.string().catch('') }).optional(),
  instantiates: z.array(z.string()).catch([]),
  implementationGuide: z.array(z.string()).catch([]),
  rest: z
    .array(
      z.object({
        operation: operations,
        resource: z.array(z.object({ type: z.string().catch(''), operation: operations })).catch([]),
        security: z.object({ extension: oauthUris.catch([]) }).optional(),
      }),
    )
    .catch([]),
});
type CapabilityStatement = z.infer<typeof capabilityStatement>;

const operationDefinition = z.object({
  url: z.string().catch(''),
  version: z.string().catch(''),
  base: z.string().catch(''),
  parameter: z.array(z.object({ name: z.string().catch(''), use: z.string().catch('') })).catch([]),
});

/**
 * Which edition of Bulk Data Access the server speaks. A server that does not say speaks STU2, which all others but
 * the ballot understand. Asks the network only where the configuration does not decide.
 */
export async function detectAbilities(source: FhirBulkSource, policy: RetryPolicy): Promise<ServerAbilities> {
  const configured = source.version === 'detect' ? undefined : source.version;
  if (configured !== undefined && source.since === 'never') return { version: configured, hasSince: false };
  const statement = await readCapabilityStatement(source, policy);
  if (statement === undefined) return { version: configured ?? 'stu2', hasSince: true };
  const definition = await readExportDefinition(source, statement, policy);
  const version = configured ?? versionOf(statement, definition);
  return { version, hasSince: hasSince(statement, definition) };
}

/** Where tokens come from: the SMART configuration, else the CapabilityStatement. */
export async function findTokenUrl(source: FhirBulkSource, policy: RetryPolicy): Promise<string> {
  const smart = z.object({ token_endpoint: z.url() });
  const answer = await readJson(source, `${source.url}/.well-known/smart-configuration`, policy);
  const parsed = smart.safeParse(answer);
  if (parsed.success) return parsed.data.token_endpoint;
  const statement = await readCapabilityStatement(source, policy);
  for (const rest of statement?.rest ?? []) {
    const uris = rest.security?.extension.find((each) => each.url === OAUTH_EXTENSION);
    const token = uris?.extension?.find((each) => each.url === 'token')?.valueUri;
    if (token !== undefined && URL.canParse(token)) return token;
  }
  throw new ChiasmError(
    'bulk-answer-invalid',
    `${originOf(source.url)} does not say where tokens come from: configure auth.tokenUrl`,
  );
}

async function readCapabilityStatement(
  source: FhirBulkSource,
  policy: RetryPolicy,
): Promise<CapabilityStatement | undefined> {
  const parsed = capabilityStatement.safeParse(await readJson(source, `${source.url}/metadata`, policy));
  return parsed.success ? parsed.data : undefined;
}

function exportOperations(source: FhirBulkSource, statement: CapabilityStatement): readonly string[] {
  const type = { system: undefined, patient: 'Patient', group: 'Group' }[source.level.kind];
  const isExport = (each: z.infer<typeof operation>): boolean => /(^|[-$])export$/.test(each.name);
  const own: string[] = [];
  const others: string[] = [];
  for (const rest of statement.rest) {
    (type === undefined ? own : others).push(...rest.operation.filter(isExport).map((op) => op.definition));
    for (const resource of rest.resource) {
      const list = resource.type === type ? own : others;
      list.push(...resource.operation.filter(isExport).map((op) => op.definition));
    }
  }
  return [...own, ...others].filter((definition) => definition !== '');
}

/** The server's own definition of the operation, where it has one on the same origin. */
async function readExportDefinition(
  source: FhirBulkSource,
  statement: CapabilityStatement,
  policy: RetryPolicy,
): Promise<z.infer<typeof operationDefinition> | undefined> {
  const [first] = exportOperations(source, statement);
  if (first === undefined) return undefined;
  const plain = first.split('|')[0] ?? '';
  const url = URL.canParse(plain) ? plain : `${source.url}/${plain.replace(/^\//, '')}`;
  if (new URL(url).origin !== new URL(source.url).origin) return undefined;
  const parsed = operationDefinition.safeParse(await readJson(source, url, policy));
  return parsed.success ? parsed.data : undefined;
}

function versionOf(
  statement: CapabilityStatement,
  definition: z.infer<typeof operationDefinition> | undefined,
): BulkVersion {
  const canonicals = [
    ...statement.instantiates,
    ...statement.implementationGuide,
    ...statement.rest.flatMap((rest) => [
      ...rest.operation.map((each) => each.definition),
      ...rest.resource.flatMap((resource) => resource.operation.map((each) => each.definition)),
    ]),
  ];
  const versions = canonicals
    .filter((canonical) => BULK_CANONICAL.test(canonical))
    .map((canonical) => canonical.split('|')[1] ?? '');
  const isOfGuide =
    definition !== undefined && (BULK_CANONICAL.test(definition.url) || BULK_CANONICAL.test(definition.base));
  if (isOfGuide) versions.push(definition.version);
  const major = Math.max(0, ...versions.map((text) => Number.parseInt(text, 10)).filter(Number.isFinite));
  if (major >= 4) return 'ballot4';
  return major === 3 ? 'stu3' : 'stu2';
}

function hasSince(
  statement: CapabilityStatement,
  definition: z.infer<typeof operationDefinition> | undefined,
): boolean {
  const inputs = (definition?.parameter ?? []).filter((each) => each.use !== 'out').map((each) => each.name);
  if (inputs.includes('_since')) return true;
  if (inputs.some((name) => name.startsWith('_'))) return false;
  return !/^epic\b/i.test(statement.software?.name ?? '');
}

/** JSON without a token; undefined where the server has none to give. */
function readJson(source: FhirBulkSource, url: string, policy: RetryPolicy): Promise<unknown> {
  const client = new Client({ baseUrl: source.url });
  return withRetry(policy, async () => {
    try {
      const signal = AbortSignal.any([policy.signal, AbortSignal.timeout(REQUEST_MS)]);
      const headers = { accept: 'application/fhir+json, application/json' };
      return await client.request(url, { options: { signal, headers } });
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw describeNetworkError(error, originOf(url));
      if (status === 429 || status >= 500) {
        throw new TransientFault(`${originOf(url)} answers with status ${status}`, {
          isThrottled: status === 429 || status === 503,
        });
      }
      return undefined;
    }
  });
}

function statusOf(error: unknown): number | undefined {
  const parsed = z.object({ response: z.object({ status: z.number() }) }).safeParse(error);
  return parsed.success ? parsed.data.response.status : undefined;
}
