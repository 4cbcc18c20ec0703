import { ChiasmError } from '../../base/error.ts';
import { type TreeFile, walkTree } from './file-tree.ts';

export interface FoundFile {
  /** Relative to the folder, `/`-separated. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * The files below a source's folder in the order of their uris, also those that cannot be reached.
 *
 * @throws ChiasmError `source-not-found` when the folder is no readable directory
 */
export async function* openFolder(source: string, root: string): AsyncGenerator<TreeFile> {
  const tree = walkTree(root);
  let first: IteratorResult<TreeFile>;
  try {
    first = await tree.next();
  } catch (cause) {
    throw new ChiasmError(
      'source-not-found',
      `source ${source}: its folder does not exist, cannot be read or is not mounted`,
      { params: { source }, cause },
    );
  }
  for (let next = first; next.done !== true; next = await tree.next()) yield next.value;
}

/** Every file below a folder that can be reached, in the order of its path. */
export async function walkFolder(source: string, root: string): Promise<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  for await (const { uri, size, mtimeMs, isUnreachable } of openFolder(source, root)) {
    if (!isUnreachable) files.push({ path: uri, size, mtimeMs });
  }
  return files;
}
