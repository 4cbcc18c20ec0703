import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ChiasmError } from '../base/error.ts';
import { packageRoot } from '../base/package-root.ts';

const codeTable = z.strictObject({
  title: z.string().min(1),
  description: z.string().min(1),
  /** Where the rows come from: publication, edition, licence. */
  sources: z.array(z.string().min(1)).min(1),
  key: z.array(z.string().min(1)).min(1),
});

/** A small reference table, read in SQL as `codes.<name>`. Every column is text. */
export type CodeTable = Readonly<z.infer<typeof codeTable>> & {
  readonly name: string;
  /** Absolute path of the CSV: a header line, comma, double quotes. */
  readonly path: string;
  readonly columns: readonly string[];
};

/**
 * Every `models/codes/*.csv` with what its sidecar `<name>.yaml` says of it, by name.
 * @throws ChiasmError `mart-invalid` when a sidecar is absent or breaks the shape.
 */
export function loadCodeTables(folder: string = join(packageRoot, 'models/codes')): readonly CodeTable[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => readCodeTable(folder, file.slice(0, -'.csv'.length)));
}

function readCodeTable(folder: string, name: string): CodeTable {
  const path = join(folder, `${name}.csv`);
  try {
    const sidecar = codeTable.parse(parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')));
    const [header = ''] = readFileSync(path, 'utf8').split('\n', 1);
    return { ...sidecar, name, path, columns: header.trim().split(',') };
  } catch (cause) {
    throw new ChiasmError('mart-invalid', `code table ${name} has no sound sidecar ${name}.yaml`, {
      params: { table: name },
      cause,
    });
  }
}
