import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ChiasmError } from '../base/error.ts';
import { type ExpandedCode, expandValueSet, type TerminologyServer } from '../etl/source/expand-value-set.ts';

const FILE = 'value-sets.yaml';

const wanted = z.array(
  z.strictObject({
    /** Canonical URL of the value set. */
    valueSet: z.url(),
    /** What membership says: facets of codes.code_map with their values. */
    means: z
      .partialRecord(
        z.enum(['site', 'histology', 'behavior', 'role', 'laterality', 'grade', 'stage']),
        z.string().min(1),
      )
      .refine((means) => Object.keys(means).length > 0, 'says nothing'),
  }),
);

/** A value set with the number of codes that it brought. */
export interface Expanded {
  readonly valueSet: string;
  readonly codes: number;
}

/**
 * Expands the value sets that `value-sets.yaml` in the folder names and writes `code_map.expanded.csv` there, whole or not
 * at all. The refresh reads the file, never the server. Throws `codes-invalid`.
 */
export async function expandCodes(
  folder: string,
  server: TerminologyServer,
  signal: AbortSignal,
): Promise<readonly Expanded[]> {
  const rows = new Map<string, string>();
  const done: Expanded[] = [];
  for (const { valueSet, means } of readWanted(folder)) {
    const codes = await expandValueSet(server, valueSet, signal);
    for (const code of codes) {
      for (const [facet, value] of Object.entries(means)) addRow(rows, valueSet, code, facet, value);
    }
    done.push({ valueSet, codes: codes.length });
  }
  const path = join(folder, 'code_map.expanded.csv');
  const text = ['system,code,facet,value,display', ...[...rows.values()].sort()].join('\n');
  writeFileSync(`${path}.partial`, `${text}\n`);
  renameSync(`${path}.partial`, path);
  return done;
}

function addRow(
  rows: Map<string, string>,
  valueSet: string,
  code: ExpandedCode,
  facet: string,
  value: string,
): void {
  const key = `${code.system}|${code.code}|${facet}`;
  const row = [code.system, code.code, facet, value, code.display].map(csv).join(',');
  const known = rows.get(key);
  if (known !== undefined && known !== row) {
    throw new ChiasmError(
      'codes-invalid',
      `${valueSet} and another value set give one code another ${facet}`,
    );
  }
  rows.set(key, row);
}

function csv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""').replace(/[\r\n]+/g, ' ')}"` : text;
}

function readWanted(folder: string): z.infer<typeof wanted> {
  let text: string;
  try {
    text = readFileSync(join(folder, FILE), 'utf8');
  } catch (cause) {
    throw new ChiasmError('codes-invalid', `${FILE} cannot be read in the folder of your codes`, { cause });
  }
  const parsed = wanted.safeParse(parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ChiasmError(
      'codes-invalid',
      `${FILE} (${issue?.path.map(String).join('.')}): ${issue?.message}`,
      {
        params: { file: FILE },
      },
    );
  }
  return parsed.data;
}
