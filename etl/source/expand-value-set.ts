import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { exchange, originOf, readText } from './bulk-http.ts';

/** A code of an expanded value set. */
export interface ExpandedCode {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

export interface TerminologyServer {
  /** FHIR base URL, such as https://tx.hospital.example/fhir. */
  readonly baseUrl: string;
  /** The Authorization header. */
  readonly authorization?: string;
}

interface Contained {
  readonly system?: string | undefined;
  readonly code?: string | undefined;
  readonly display?: string | undefined;
  readonly abstract?: boolean | undefined;
  readonly contains?: readonly Contained[] | undefined;
}

const contained: z.ZodType<Contained> = z.lazy(() =>
  z.object({
    system: z.string().optional(),
    code: z.string().optional(),
    display: z.string().optional(),
    abstract: z.boolean().optional(),
    contains: z.array(contained).optional(),
  }),
);

const expansion = z.object({
  resourceType: z.literal('ValueSet'),
  expansion: z.object({
    total: z.int().optional(),
    contains: z.array(contained).default([]),
  }),
});

const PAGE = 1000;
const MOST_PAGES = 1000;

/**
 * Every code of a value set as a FHIR terminology server expands it (`ValueSet/$expand`, paged by offset and count),
 * abstract groups left out. Throws `codes-invalid` when the server does not answer with a whole expansion.
 */
export async function expandValueSet(
  server: TerminologyServer,
  url: string,
  signal: AbortSignal,
): Promise<readonly ExpandedCode[]> {
  const codes = new Map<string, ExpandedCode>();
  let seen = 0;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { total, contains } = await expandPage(server, url, seen, signal);
    const found = contains.flatMap(flatten);
    const before = codes.size;
    for (const code of found) codes.set(`${code.system}|${code.code}`, code);
    seen += countEntries(contains);
    // a server that does not page sends all it has, whatever it is asked for
    if (contains.length === 0 || codes.size === before || seen >= (total ?? seen)) {
      if (total !== undefined && seen < total) break;
      return [...codes.values()];
    }
  }
  throw new ChiasmError('codes-invalid', `${originOf(server.baseUrl)} sent only a part of ${url}`, {
    params: { codes: codes.size },
  });
}

async function expandPage(
  server: TerminologyServer,
  url: string,
  offset: number,
  signal: AbortSignal,
): Promise<z.infer<typeof expansion>['expansion']> {
  const query = new URLSearchParams({ url, count: String(PAGE), offset: String(offset) });
  const origin = originOf(server.baseUrl);
  let status: number;
  let text: string;
  try {
    const answer = await exchange({
      method: 'GET',
      url: `${server.baseUrl.replace(/\/+$/, '')}/ValueSet/$expand?${query}`,
      headers: { accept: 'application/fhir+json' },
      authorization: server.authorization,
      signal,
      idleMs: 60_000,
    });
    status = answer.status;
    text = await readText(answer);
  } catch (cause) {
    if (cause instanceof ChiasmError) throw cause;
    throw new ChiasmError('codes-invalid', `${origin} could not be reached to expand ${url}`, { cause });
  }
  if (status !== 200) {
    throw new ChiasmError('codes-invalid', `${origin} answered ${status} when asked to expand ${url}`, {
      params: { status },
    });
  }
  const parsed = expansion.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new ChiasmError('codes-invalid', `${origin} answered with no expansion of ${url}`);
  }
  return parsed.data.expansion;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function flatten(entry: Contained): readonly ExpandedCode[] {
  const { system, code, display = '', abstract = false, contains = [] } = entry;
  const own = system === undefined || code === undefined || abstract ? [] : [{ system, code, display }];
  return [...own, ...contains.flatMap(flatten)];
}

function countEntries(entries: readonly Contained[]): number {
  return entries.reduce((sum, entry) => sum + 1 + countEntries(entry.contains ?? []), 0);
}
