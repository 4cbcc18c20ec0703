import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../base/package-root.ts';
import { loadMartDeclarations } from '../models/mart-declaration.ts';
import { type AuthoredCube, type CompletedCube, cubeOfMart } from './mart-cube.ts';

/** The model that is shipped: `cubes/` and `views/`. */
export const modelPath: string = join(packageRoot, 'cube', 'model');

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
  return {
    localPath: () => folder,
    dataSchemaFiles: async () => {
      const named = await readModelFiles(folder);
      const files = revise(named.map(({ file }) => file));
      return files.map((file, index) => ({
        fileName: named[index]?.name ?? '',
        content: stringify(file, { aliasDuplicateObjects: false }),
      }));
    },
  };
}

/** The cubes of marts under a folder, completed by the declarations of their marts. */
export async function cubesOfMarts(folder: string): Promise<readonly CompletedCube[]> {
  const named = await readModelFiles(folder);
  const cubes = named.flatMap(({ file }) => file.cubes ?? []);
  return cubes.filter((cube): cube is CompletedCube => /^marts\./.test(String(cube['sql_table'])));
}

async function readModelFiles(
  folder: string,
): Promise<readonly { readonly name: string; readonly file: ModelFile }[]> {
  const found = await readdir(folder, { recursive: true });
  const names = found.filter((name) => /\.ya?ml$/.test(name)).sort();
  return Promise.all(names.map(async (name) => ({ name, file: await readModelFile(join(folder, name)) })));
}

async function readModelFile(path: string): Promise<ModelFile> {
  const { cubes, ...file } = parse(await readFile(path, 'utf8')) as ModelFile;
  return { ...file, ...(cubes === undefined ? {} : { cubes: cubes.map(completed) }) };
}

function completed(
  cube: AuthoredCube | Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!isOfMart(cube)) return cube;
  const mart = loadMartDeclarations().find(({ name }) => name === cube.mart);
  if (mart === undefined) throw new Error(`cube ${cube.name} is of a mart that is not declared`);
  return cubeOfMart(cube, mart);
}

function isOfMart(cube: AuthoredCube | Readonly<Record<string, unknown>>): cube is AuthoredCube {
  return typeof cube['mart'] === 'string';
}
