import { z } from 'zod';
import type { FhirInput, InputCounts } from './fhir-lines.ts';
import { isResourceType } from './fhir-shape.ts';
import { openInput } from './input-stream.ts';
import { readLines } from './line-reader.ts';

const deletedBundle = z.object({
  resourceType: z.literal('Bundle'),
  entry: z
    .array(z.object({ request: z.object({ method: z.string(), url: z.string() }) }))
    .optional()
    .default([]),
});

/**
 * Lands a file of the manifest's `deleted`: one transaction Bundle per line, each entry a DELETE of `Type/id`
 * (https://hl7.org/fhir/uv/bulkdata/export.html). What cannot be read goes to quarantine.
 */
export async function landDeleted(input: FhirInput): Promise<InputCounts> {
  let records = 0;
  let rejected = 0;
  for await (const lines of readLines(openInput(input.absolutePath))) {
    for (const { bytes, line, offset, length } of lines) {
      const targets = readDeletions(bytes);
      if (targets === undefined) {
        const rejection = { code: 'not-a-resource', line, offset, length, element: 'entry.request' } as const;
        await input.landing.reject(rejection, input.origin, bytes);
        rejected++;
        continue;
      }
      for (const { type, id } of targets) {
        input.landing.addTombstone(type, id, input.orderTime, input.origin.path);
        records++;
      }
    }
  }
  return { records, rejected };
}

interface DeletedRecord {
  readonly type: string;
  readonly id: string;
}

function readDeletions(bytes: Buffer): readonly DeletedRecord[] | undefined {
  const parsed = deletedBundle.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) return undefined;
  const deletions: DeletedRecord[] = [];
  for (const { request } of parsed.data.entry) {
    if (request.method !== 'DELETE') continue;
    const match = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(request.url);
    const [, type, id] = match ?? [];
    if (type === undefined || id === undefined || !isResourceType(type)) return undefined;
    deletions.push({ type, id });
  }
  return deletions;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
