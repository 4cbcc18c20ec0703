import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { loadMartDeclarations } from '../models/mart-declaration.ts';
import { type AuthoredCube, cubeOfMart } from './mart-cube.ts';

/** What a model file holds before Cube reads it. */
export interface ModelFile {
  readonly cubes?: readonly (AuthoredCube | Readonly<Record<string, unknown>>)[];
  readonly views?: readonly Readonly<Record<string, unknown>>[];
}

/** Where Cube reads a model from. */
export interface ModelRepository {
  readonly localPath: () => string;
  readonly dataSchemaFiles: () => Promise<{ fileName: string; content: string }[]>;
}

/**
 * The YAML files under a folder, each cube of a mart completed by the mart's declaration. `revise` has the last word on
 * them. Cube's own repository reads relative to the working directory.
 */
export function modelRepository(
  folder: string,
  revise: (files: readonly ModelFile[]) => readonly ModelFile[] = (files) => files,
): ModelRepository {
  const marts = new Map(loadMartDeclarations().map((mart) => [mart.name, mart]));
  return {
    localPath: () => folder,
    dataSchemaFiles: async () => {
      const found = await readdir(folder, { recursive: true });
      const names = found.filter((name) => /\.ya?ml$/.test(name)).sort();
      const files = await Promise.all(names.map((name) => readModelFile(join(folder, name))));
      return revise(files).map((file, index) => ({
        fileName: names[index] ?? '',
        content: stringify(file, { aliasDuplicateObjects: false }),
      }));
    },
  };

  async function readModelFile(path: string): Promise<ModelFile> {
    const { cubes, ...file } = parse(await readFile(path, 'utf8')) as ModelFile;
    return { ...file, ...(cubes === undefined ? {} : { cubes: cubes.map(completed) }) };
  }

  function completed(
    cube: AuthoredCube | Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>> {
    if (!isOfMart(cube)) return cube;
    const mart = marts.get(cube.mart);
    if (mart === undefined) throw new Error(`cube ${cube.name} is of a mart that is not declared`);
    return cubeOfMart(cube, mart);
  }
}

function isOfMart(cube: AuthoredCube | Readonly<Record<string, unknown>>): cube is AuthoredCube {
  return typeof cube['mart'] === 'string';
}
