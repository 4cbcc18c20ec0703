import { createHash } from 'node:crypto';
import { z } from 'zod';

const resourceType = z.string().regex(/^[A-Z][A-Za-z]{1,63}$/, 'a FHIR resource type, such as Observation');
const fhirId = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'a FHIR id');
const httpUrl = z.url({ protocol: /^https?$/ });
const isoInstant = z.iso.datetime({ offset: true });

const backendServices = z.strictObject({
  kind: z.literal('backend-services'),
  clientId: z.string().min(1),
  /** A private key as PEM, or a JWKS with private keys. */
  keyFile: z.string().min(1),
  /** `kid` of the key; needed with PEM, and with a JWKS that holds several keys for the algorithm. */
  keyId: z.string().min(1).optional(),
  algorithm: z.enum(['RS384', 'ES384']),
  scope: z.string().min(1).default('system/*.read'),
  /** Where tokens come from, if the server's SMART configuration does not say. */
  tokenUrl: httpUrl.optional(),
});

/**
 * A FHIR server with Bulk Data Access (https://hl7.org/fhir/uv/bulkdata): STU2, STU3 or the 4.0.0 ballot. Everything
 * that may be left out has the value that most servers want.
 */
export const fhirBulkSource = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'small letters, digits, - and _, at most 63'),
    kind: z.literal('fhir-bulk'),
    /** The server's FHIR base. */
    url: httpUrl.transform((url) => url.replace(/\/+$/, '')),
    /** What the server's own absolute references begin with, where that is not `url`. */
    baseUrl: httpUrl.optional(),
    level: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('system') }),
      z.strictObject({ kind: z.literal('patient') }),
      z.strictObject({ kind: z.literal('group'), group: fhirId }),
    ]),
    types: z.array(resourceType).min(1).readonly().optional(),
    /** FHIR searches such as `Observation?category=laboratory`; several of one type are joined by "or". */
    typeFilters: z
      .array(z.string().regex(/^[A-Z][A-Za-z]+\?.+$/, 'Type?search'))
      .readonly()
      .default([]),
    elements: z.array(z.string().min(1)).readonly().default([]),
    /** Only these patients, by id. */
    patient: z.array(fhirId).readonly().default([]),
    includeAssociatedData: z.array(z.string().min(1)).readonly().default([]),
    organizeOutputBy: resourceType.optional(),
    allowPartialManifests: z.boolean().default(false),
    outputFormat: z.string().min(1).default('application/fhir+ndjson'),
    /** Ask the server to leave out what it does not know instead of refusing the request. */
    lenient: z.boolean().default(false),
    /** `watermark`: only what changed since the last export, where the server can; `never`: everything each time. */
    since: z.enum(['watermark', 'never']).default('watermark'),
    /** Export everything again after so many days: finds deletes that a server does not tell. */
    fullEveryDays: z.int().min(1).optional(),
    /** How far behind the watermark the next export begins. */
    overlapSeconds: z.int().min(0).default(600),
    /** `bundles`: what the server lists as deleted. `anti-join`: also what a complete export no longer has. */
    deletes: z.enum(['bundles', 'anti-join']).default('bundles'),
    /** The first load in pieces, by the time of the last change; needs a server that knows `_until`. */
    firstLoad: z.strictObject({ from: z.iso.date(), windowDays: z.int().min(1) }).optional(),
    /** Ask for the whole record of patients who joined the group; for servers that send only what changed. */
    groupGrowth: z.boolean().default(false),
    version: z.enum(['detect', 'stu2', 'stu3', 'ballot4']).default('detect'),
    /** How lists are written in a GET. */
    lists: z.enum(['comma', 'repeat']).default('comma'),
    auth: z
      .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('none') }), backendServices])
      .default({ kind: 'none' }),
    /** Other origins than the server's own that may be given the token, such as `https://files.hospital.org`. */
    tokenOrigins: z.array(httpUrl).readonly().default([]),
    /** Downloads at a time. */
    parallel: z.int().min(1).max(32).default(4),
    /** Attempts of each request after the first. */
    retries: z.int().min(0).max(100).default(8),
    /** A connection on which nothing arrives for so long is given up. */
    idleSeconds: z.number().positive().default(120),
    /** An export that takes longer than this is given up. */
    maxHours: z.number().positive().default(168),
  })
  .refine((source) => source.auth.kind === 'none' || isSafeForTokens(source.url), {
    path: ['url'],
    message: 'tokens are sent over https only',
  })
  .refine((source) => source.level.kind === 'group' || !source.groupGrowth, {
    path: ['groupGrowth'],
    message: 'only for level group',
  })
  .refine((source) => source.level.kind !== 'system' || source.patient.length === 0, {
    path: ['patient'],
    message: 'not for level system',
  });

export type FhirBulkSource = Readonly<z.infer<typeof fhirBulkSource>>;
export type BackendServices = Readonly<z.infer<typeof backendServices>>;

/** A request for data of the past that leaves every watermark where it is. */
export const bulkBackfill = z.strictObject({ since: isoInstant.optional(), until: isoInstant.optional() });
export type BulkBackfill = Readonly<z.infer<typeof bulkBackfill>>;

/** What a watermark is for, besides the type: another server, group or filter begins anew. */
export interface ExportScope {
  readonly endpoint: string;
  /** `system`, `patient` or `Group/<id>`. */
  readonly level: string;
}

export function scopeOf(source: FhirBulkSource): ExportScope {
  const level = source.level.kind === 'group' ? `Group/${source.level.group}` : source.level.kind;
  return { endpoint: source.url, level };
}

/** Fingerprint of everything that decides which records of a type are exported. */
export function filterOf(source: FhirBulkSource, type: string): string {
  const filters = source.typeFilters.filter((filter) => type === '*' || filter.startsWith(`${type}?`));
  const parts = [filters, source.elements, source.patient, source.includeAssociatedData];
  const text = JSON.stringify(parts.map((part) => [...part].sort()));
  return parts.every((part) => part.length === 0) ? '' : shortHash(text);
}

/** 16 hex digits of a sha256. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Is it https, or this very machine? */
export function isSafeForTokens(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
