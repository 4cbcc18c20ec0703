import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
  /** `named`: column `system` holds a name of codes.code_system, and codes are in capitals without dots. */
  systems: z.literal('named').optional(),
});

/** A small reference table, read in SQL as `codes.<name>`. Every column is text. */
export type CodeTable = Readonly<z.infer<typeof codeTable>> & {
  readonly name: string;
  /** Absolute path of the CSV: a header line, comma, double quotes. */
  readonly path: string;
  readonly columns: readonly string[];
  /** Absolute paths of a site's own rows, in the order in which they take the place of shipped ones. */
  readonly sitePaths: readonly string[];
};

/**
 * Every `models/codes/*.csv` with what its sidecar `<name>.yaml` says of it, by name, and the files of `siteFolder`
 * that add to it: `<name>.csv`, and before it `<name>.<anything>.csv`.
 * @throws ChiasmError `mart-invalid` when a sidecar is absent or breaks the shape, `codes-invalid` when a file of the
 * site has the name of no table or a header that does not fit.
 */
export function loadCodeTables(
  siteFolder?: string,
  folder: string = join(packageRoot, 'models/codes'),
): readonly CodeTable[] {
  const site = siteFolder === undefined ? [] : listSiteFiles(siteFolder);
  const tables = readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => readCodeTable(folder, file.slice(0, -'.csv'.length)))
    .map((table) => ({
      ...table,
      sitePaths: site.filter((each) => each.table === table.name).map((each) => each.path),
    }));
  for (const { file, table, path } of site) {
    checkHeader(
      file,
      path,
      tables.find((each) => each.name === table),
    );
  }
  return tables;
}

/** The CSV files of a site's folder: generated ones (`<table>.<anything>.csv`) before hand-written ones. */
export function listSiteFiles(
  folder: string,
): readonly { readonly file: string; readonly table: string; readonly path: string }[] {
  if (!existsSync(folder)) {
    throw new ChiasmError('codes-invalid', 'the folder that `codes` names in chiasm.yaml does not exist');
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .sort((a, b) => b.split('.').length - a.split('.').length || (a < b ? -1 : 1))
    .map((file) => ({ file, table: file.split('.')[0] ?? file, path: join(folder, file) }));
}

function checkHeader(file: string, path: string, table: CodeTable | undefined): void {
  if (table === undefined) {
    throw new ChiasmError('codes-invalid', `${file}: there is no code table of this name`, {
      params: { file },
    });
  }
  const columns = headerOf(path);
  const strange = columns.filter((column) => !table.columns.includes(column));
  const absent = table.key.filter((column) => !columns.includes(column));
  if (strange.length + absent.length > 0) {
    throw new ChiasmError(
      'codes-invalid',
      `${file}: the header must have ${table.key.join(', ')} and may have ${table.columns.join(', ')}`,
      { params: { file } },
    );
  }
}

function headerOf(path: string): readonly string[] {
  const [header = ''] = readFileSync(path, 'utf8')
    .replace(/^\ufeff/, '')
    .split('\n', 1);
  return header
    .trim()
    .split(',')
    .map((column) => column.replace(/^"(.*)"$/, '$1'));
}

function readCodeTable(folder: string, name: string): CodeTable {
  const path = join(folder, `${name}.csv`);
  try {
    const sidecar = codeTable.parse(parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')));
    return { ...sidecar, name, path, columns: headerOf(path), sitePaths: [] };
  } catch (cause) {
    throw new ChiasmError('mart-invalid', `code table ${name} has no sound sidecar ${name}.yaml`, {
      params: { table: name },
      cause,
    });
  }
}
