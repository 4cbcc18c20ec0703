import { createHash } from 'node:crypto';

/** One object of the Tabular Model Definition Language, with what is indented below it. */
export interface TmdlObject {
  /** Such as `column sex` or `measure 'Patients: Count' = COUNTROWS('patients')`. */
  readonly declaration: string;
  readonly description?: string;
  /** Properties, each a line; further lines of one carry their own tabs. */
  readonly properties?: readonly string[];
  readonly children?: readonly TmdlObject[];
}

/**
 * The text of a TMDL file: tabs tell what belongs to what, an empty line parts objects
 * (https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview).
 */
export function tmdlText(objects: readonly TmdlObject[]): string {
  return `${objects.map((object) => objectText(object, 0)).join('\n\n')}\n`;
}

function objectText(
  { declaration, description, properties = [], children = [] }: TmdlObject,
  depth: number,
): string {
  const lines = [...descriptionLines(description), declaration, ...properties.map((each) => `\t${each}`)];
  const own = lines.map((line) => '\t'.repeat(depth) + line.replaceAll('\n', `\n${'\t'.repeat(depth + 1)}`));
  return [own.join('\n'), ...children.map((child) => objectText(child, depth + 1))].join('\n\n');
}

function descriptionLines(description: string | undefined): readonly string[] {
  if (description === undefined) return [];
  return description.split(/\r?\n/).map((line) => `/// ${line.trim()}`);
}

/** A name as TMDL writes it: in single quotes unless it is a plain word. */
export function tmdlName(name: string): string {
  const line = name.replace(/\s+/g, ' ');
  return /^[A-Za-z_]\w*$/.test(line) ? line : `'${line.replaceAll("'", "''")}'`;
}

/** The same UUID for the same object of the model, however often it is written. */
export function lineageTag(...path: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(path)).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
