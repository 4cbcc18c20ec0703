import { z } from 'zod';
import { isResourceType } from './fhir-shape.ts';
import { openInput, readWhole } from './input-stream.ts';
import { MAX_LINE_BYTES, readLines } from './line-reader.ts';

/** How many issues of a kind a server reported. Never what they say. */
export interface IssueCount {
  readonly severity: string;
  readonly code: string;
  readonly count: number;
}

export interface OutcomeReading {
  readonly issues: readonly IssueCount[];
  /** Types that an error names. */
  readonly failedTypes: ReadonlySet<string>;
  /** Errors that name no type. */
  readonly unnamedErrors: number;
  /** Lines that are no OperationOutcome. */
  readonly unreadable: number;
}

/** https://hl7.org/fhir/valueset-issue-type.html: what is below `transient`. */
const TRANSIENT_CODES = new Set([
  'transient',
  'lock-error',
  'no-store',
  'exception',
  'timeout',
  'incomplete',
  'throttled',
]);

const text = z.string().optional().catch(undefined);
const issue = z.object({
  severity: z
    .string()
    .regex(/^[a-z]{1,20}$/)
    .catch('unknown'),
  code: z
    .string()
    .regex(/^[a-z-]{1,30}$/)
    .catch('unknown'),
  diagnostics: text,
  details: z
    .object({
      text,
      coding: z
        .array(z.object({ code: text, display: text }))
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  expression: z.array(z.string()).optional().catch(undefined),
  location: z.array(z.string()).optional().catch(undefined),
});
const operationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(issue).catch([]),
});

export type OperationOutcome = z.infer<typeof operationOutcome>;

/** An OperationOutcome (https://hl7.org/fhir/operationoutcome.html), or undefined where the text is none. */
export function parseOutcome(json: string): OperationOutcome | undefined {
  try {
    const parsed = operationOutcome.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function isTransient(outcome: OperationOutcome): boolean {
  return outcome.issue.length > 0 && outcome.issue.every((each) => TRANSIENT_CODES.has(each.code));
}

/** The codes of an outcome, for a message. */
export function codesOf(outcome: OperationOutcome | undefined): string {
  const codes = [...new Set((outcome?.issue ?? []).map((each) => each.code))];
  return codes.length === 0 ? 'no reason given' : codes.join(', ');
}

/** Adds up what a server reported. */
export class OutcomeTally {
  readonly #counts = new Map<string, number>();
  readonly #failed = new Set<string>();
  #unnamed = 0;
  #unreadable = 0;

  add(outcome: OperationOutcome): void {
    for (const each of outcome.issue) {
      const key = `${each.severity} ${each.code}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      if (each.severity !== 'error' && each.severity !== 'fatal') continue;
      const types = namedTypes(each);
      if (types.length === 0) this.#unnamed++;
      for (const type of types) this.#failed.add(type);
    }
  }

  /** A downloaded file of OperationOutcomes. */
  async addFile(path: string): Promise<{ readonly lines: number; readonly unreadable: number }> {
    let lines = 0;
    let unreadable = 0;
    const whole = parseOutcome((await readWhole(path, MAX_LINE_BYTES))?.toString('utf8') ?? '');
    if (whole !== undefined) {
      this.add(whole);
      return { lines: 1, unreadable };
    }
    for await (const batch of readLines(openInput(path))) {
      for (const line of batch) {
        lines++;
        const outcome = parseOutcome(line.bytes.toString('utf8'));
        if (outcome === undefined) unreadable++;
        else this.add(outcome);
      }
    }
    this.#unreadable += unreadable;
    return { lines, unreadable };
  }

  get reading(): OutcomeReading {
    return {
      issues: [...this.#counts]
        .map(([key, count]) => ({ severity: key.split(' ')[0] ?? '', code: key.split(' ')[1] ?? '', count }))
        .sort((a, b) => b.count - a.count),
      failedTypes: this.#failed,
      unnamedErrors: this.#unnamed,
      unreadable: this.#unreadable,
    };
  }
}

/** The resource types that an issue speaks of, whichever element a server puts them into. */
function namedTypes(each: z.infer<typeof issue>): readonly string[] {
  const texts = [
    each.diagnostics,
    each.details?.text,
    ...(each.details?.coding ?? []).flatMap((coding) => [coding.code, coding.display]),
    ...(each.expression ?? []),
    ...(each.location ?? []),
  ];
  const words = texts.flatMap((part) => part?.match(/\b[A-Z][A-Za-z]+\b/g) ?? []);
  return [...new Set(words)].filter((word) => isResourceType(word) && word !== 'OperationOutcome');
}
