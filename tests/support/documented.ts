import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-root.ts';

export interface DocumentedBlock {
  readonly language: string;
  /** Of a block that begins with "```<language> name=<name>". */
  readonly name: string | undefined;
  readonly text: string;
}

/** The code blocks of a document, as its readers would copy them. */
export function documentedBlocks(document: string): readonly DocumentedBlock[] {
  const text = readFileSync(join(packageRoot, document), 'utf8');
  return [...text.matchAll(/^```(\w+)(?: name=(\S+))?\n(.*?)^```$/gms)].map((match) => ({
    language: match[1] ?? '',
    name: match[2],
    text: match[3] ?? '',
  }));
}

/** The text of one named block. */
export function documentedBlock(document: string, name: string): string {
  const block = documentedBlocks(document).find((each) => each.name === name);
  if (block === undefined) throw new Error(`${document} has no block named ${name}`);
  return block.text;
}
