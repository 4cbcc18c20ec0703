import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';

/** What Cube asks a worker to make of one model file, and what comes back. */
export interface Transpiler {
  exec(task: string, parameters: readonly [TranspilerInput]): PromiseLike<TranspilerOutput>;
  terminate(): unknown;
}

interface TranspilerInput {
  readonly cubeNames?: unknown;
  readonly cubeSymbols?: object;
  readonly [key: string]: unknown;
}

interface TranspilerOutput {
  readonly content: string;
  readonly errors: readonly unknown[];
  readonly warnings: readonly unknown[];
}

/** Written when the product is built, by `transpile-model.ts`. */
const shippedPath: string = join(packageRoot, 'dist', 'cube', 'transpiled-model.json');

/**
 * What Cube's transpiler made of model files, by all that it was given. It parses every expression of a YAML model as Python,
 * which takes some seven seconds for the shipped model and always gives the same.
 */
export class TranspiledModel {
  private readonly contents = new Map<string, string>();
  private readonly asked = new Set<string>();
  private made = 0;

  private readonly cubeVersion: string;

  constructor(cubeVersion: string) {
    this.cubeVersion = cubeVersion;
  }

  /** What the product was built with; of another model, or for another version of Cube, nothing of it is found. */
  static shipped(cubeVersion: string): TranspiledModel {
    const model = new TranspiledModel(cubeVersion);
    if (existsSync(shippedPath)) model.read(readFileSync(shippedPath, 'utf8'));
    return model;
  }

  /** How many texts a transpiler was asked for. */
  get misses(): number {
    return this.made;
  }

  /** Asks a transpiler only what is not known yet. */
  over(transpiler: Transpiler): Transpiler {
    const symbols = new WeakMap<object, string>();
    return {
      exec: async (task, [input]) => {
        const key = this.keyOf(task, input, symbols);
        this.asked.add(key);
        const known = this.contents.get(key);
        if (known !== undefined) return { content: known, errors: [], warnings: [] };
        this.made++;
        const output = await transpiler.exec(task, [input]);
        if (output.errors.length === 0 && output.warnings.length === 0)
          this.contents.set(key, output.content);
        return output;
      },
      terminate: () => transpiler.terminate(),
    };
  }

  /** Writes what was asked for since it was made, if that is other than what was shipped. */
  ship(): void {
    const contents = [...this.contents].filter(([key]) => this.asked.has(key));
    const distinct = [...new Set(contents.map(([, content]) => content))];
    const places = new Map(distinct.map((content, index) => [content, index]));
    const keys = contents.map(([key, content]) => [key, places.get(content) ?? 0] as const);
    const text = JSON.stringify({ keys, contents: distinct } satisfies ShippedModel);
    if (existsSync(shippedPath) && readFileSync(shippedPath, 'utf8') === text) return;
    writeFileSync(`${shippedPath}.part`, text);
    renameSync(`${shippedPath}.part`, shippedPath);
  }

  /** The symbols are the same object for all files of a phase, and long. */
  private keyOf(task: string, input: TranspilerInput, symbols: WeakMap<object, string>): string {
    const { cubeSymbols = {}, ...rest } = input;
    let digest = symbols.get(cubeSymbols);
    if (digest === undefined) {
      digest = digestOf([this.cubeVersion, cubeSymbols]);
      symbols.set(cubeSymbols, digest);
    }
    return digestOf([task, rest, digest]);
  }

  private read(text: string): void {
    const { keys, contents } = JSON.parse(text) as ShippedModel;
    for (const [key, place] of keys) this.contents.set(key, contents[place] ?? '');
  }
}

/** Most files are transpiled to the same in each of Cube's phases, so texts are written once. */
interface ShippedModel {
  readonly keys: readonly (readonly [key: string, place: number])[];
  readonly contents: readonly string[];
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
