import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { parseInstant } from './instant.ts';

export type BulkFileKind = 'output' | 'deleted' | 'outcome';

/** One file of an export. `kind` and `index` name it for good; its URL may be given anew. */
export interface BulkFile {
  readonly kind: BulkFileKind;
  /** Position among the export's files of its kind, from 0. */
  readonly index: number;
  /** Undefined where records of several types are in one file. */
  readonly type: string | undefined;
  readonly url: string;
  /** Resources in the file. */
  readonly count: number | undefined;
  /** Bytes of the file. */
  readonly size: number | undefined;
}

export interface BulkManifest {
  /** Of the server's clock, in the form of `parseInstant`. */
  readonly transactionTime: string;
  readonly requiresAccessToken: boolean;
  readonly files: readonly BulkFile[];
}

export interface ManifestPage {
  readonly transactionTime: string;
  readonly requiresAccessToken: boolean;
  readonly files: readonly Omit<BulkFile, 'index'>[];
  readonly next: string | undefined;
}

const count = z.coerce.number().int().nonnegative().optional().catch(undefined);
const file = z.object({ url: z.string().min(1), type: z.string().nullish(), count, fileSize: count });
const files = z
  .array(file)
  .nullish()
  .transform((list) => list ?? []);

/** https://hl7.org/fhir/uv/bulkdata/export.html#response---output-manifest: `error` until STU3, then `outcome`. */
const manifestPage = z.object({
  transactionTime: z.string(),
  requiresAccessToken: z.boolean().nullish(),
  output: files,
  deleted: files,
  error: files,
  outcome: files,
  link: z.array(z.object({ relation: z.string(), url: z.string() })).nullish(),
});

/** Reads one page of a manifest; `pageUrl` resolves relative links. Throws `bulk-answer-invalid`. */
export function parseManifestPage(text: string, pageUrl: string): ManifestPage {
  const parsed = manifestPage.safeParse(parseJson(text));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalid(`a manifest is not valid${path === '' ? '' : ` (${path})`}`);
  }
  const page = parsed.data;
  const time = parseInstant(page.transactionTime.trim().replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (time === undefined) throw invalid('the transactionTime of a manifest is no instant');
  const describe = (kind: BulkFileKind, each: z.infer<typeof file>): Omit<BulkFile, 'index'> => ({
    kind,
    type: kind === 'output' ? (each.type ?? undefined) : undefined,
    url: resolveUrl(each.url, pageUrl),
    count: each.count,
    size: each.fileSize,
  });
  const next = page.link?.find((link) => link.relation === 'next')?.url;
  return {
    transactionTime: time,
    requiresAccessToken: page.requiresAccessToken ?? true,
    files: [
      ...page.output.map((each) => describe('output', each)),
      ...page.deleted.map((each) => describe('deleted', each)),
      ...[...page.error, ...page.outcome].map((each) => describe('outcome', each)),
    ],
    next: next === undefined ? undefined : resolveUrl(next, pageUrl),
  };
}

/** One manifest out of its pages. Pages of one export agree; where they do not, the earliest time is safe. */
export function joinPages(pages: readonly ManifestPage[]): BulkManifest {
  const [first] = pages;
  if (first === undefined) throw new Error('a manifest has at least one page');
  const counts = { output: 0, deleted: 0, outcome: 0 };
  return {
    transactionTime: pages.map((page) => page.transactionTime).sort()[0] ?? first.transactionTime,
    requiresAccessToken: pages.some((page) => page.requiresAccessToken),
    files: pages.flatMap((page) => page.files).map((each) => ({ ...each, index: counts[each.kind]++ })),
  };
}

function resolveUrl(url: string, base: string): string {
  if (!URL.canParse(url, base)) throw invalid('a manifest names an invalid URL');
  const resolved = new URL(url, base);
  if (!/^https?:$/.test(resolved.protocol)) throw invalid('a manifest names a URL that is not http(s)');
  return resolved.href;
}

function invalid(message: string): ChiasmError {
  return new ChiasmError('bulk-answer-invalid', message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
