import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ChiasmError } from '../../base/error.ts';
import { isMissing } from '../../base/files.ts';

export interface FoundFile {
  /** Relative to the folder, `/`-separated. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Every regular file below a folder in the order of its path; names that begin with a dot are left out. */
export async function walkFolder(source: string, root: string): Promise<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  const visit = async (directory: string): Promise<void> => {
    const entries = await readdir(join(root, directory), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile() || entry.isSymbolicLink()) {
        const status = await stat(join(root, path)).catch(() => undefined);
        if (status?.isFile()) files.push({ path, size: status.size, mtimeMs: status.mtimeMs });
      }
    }
  };
  try {
    await visit('');
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ChiasmError(
      'source-not-found',
      `source ${source}: its folder does not exist or is not mounted`,
      {
        params: { source },
        cause: error,
      },
    );
  }
  return files;
}
