import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SchemaFileRepository } from '@cubejs-backend/shared';

/** The YAML files under a folder. Cube's own repository reads relative to the working directory. */
export function modelRepository(folder: string): SchemaFileRepository {
  return {
    localPath: () => folder,
    dataSchemaFiles: async () => {
      const names = (await readdir(folder, { recursive: true })).filter((name) => /\.ya?ml$/.test(name));
      return Promise.all(
        names.sort().map(async (fileName) => ({
          fileName,
          content: await readFile(join(folder, fileName), 'utf8'),
        })),
      );
    },
  };
}
