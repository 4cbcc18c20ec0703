import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Place, Region } from './lint-rule.ts';

/** JSON text with the tree that knows where everything stands. */
export interface JsonDocument {
  readonly text: string;
  readonly root: Node | undefined;
  /** The value; undefined when the text is no JSON. */
  readonly value: unknown;
  /** The value as far as it can be guessed. */
  readonly guess: unknown;
  readonly faults: readonly JsonFault[];
  /** Keys given again in the same object. */
  readonly duplicates: readonly { readonly key: string; readonly region: Region }[];
}

export interface JsonFault {
  readonly problem: string;
  readonly region: Region;
}

const STRICT = { disallowComments: true, allowTrailingComma: false };
const LENIENT = { disallowComments: false, allowTrailingComma: true };

/** Comments and trailing commas are faults, but what is meant is clear; other faults leave `value` undefined. */
export function readJson(text: string): JsonDocument {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, STRICT);
  const lenient: ParseError[] = [];
  parseTree(text, lenient, LENIENT);
  const faults = onePerLine(
    errors.map(({ error, offset, length }) => ({
      problem: PROBLEMS[printParseErrorCode(error)] ?? 'this is no JSON',
      region: regionOf(text, offset, offset + Math.max(1, length)),
    })),
  );
  const guess: unknown = root === undefined ? undefined : getNodeValue(root);
  return {
    text,
    root,
    value: lenient.length > 0 ? undefined : guess,
    guess,
    faults: faults.length === 0 ? strictFaults(text) : faults,
    duplicates: root === undefined ? [] : [...duplicateKeys(root, text)],
  };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value',
  InvalidNumberFormat: 'this is no JSON number',
  PropertyNameExpected: 'a key in double quotes is needed here',
  ValueExpected: 'a value is needed here',
  ColonExpected: 'a colon is needed here',
  CommaExpected: 'a comma or a closing bracket is missing before this',
  CloseBraceExpected: 'a } is missing',
  CloseBracketExpected: 'a ] is missing',
  EndOfFileExpected: 'the JSON has ended before this',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'the string does not end',
  UnexpectedEndOfNumber: 'this is no JSON number',
  InvalidUnicode: 'this is no \\u escape',
  InvalidEscapeCharacter: 'JSON has no such escape',
  InvalidCharacter: 'a string cannot hold this character as it is',
};

/** One fault upsets what follows on its line. */
function onePerLine(faults: readonly JsonFault[]): readonly JsonFault[] {
  return faults.filter(
    (fault, index) =>
      faults.findIndex((other) => other.region.startLine === fault.region.startLine) === index,
  );
}

/** What the engine's own reading refuses though the tolerant one does not, such as a byte order mark. */
function strictFaults(text: string): readonly JsonFault[] {
  try {
    JSON.parse(text);
    return [];
  } catch {
    const isMarked = text.startsWith('\uFEFF');
    return [
      {
        problem: isMarked ? 'the file begins with a byte order mark' : 'this is no JSON',
        region: regionOf(text, 0, 1),
      },
    ];
  }
}

function* duplicateKeys(
  node: Node,
  text: string,
): Generator<{ readonly key: string; readonly region: Region }> {
  const seen = new Set<string>();
  for (const child of node.children ?? []) {
    const [key, value] = child.type === 'property' ? (child.children ?? []) : [undefined, child];
    if (key !== undefined) {
      const name = String(key.value);
      if (seen.has(name)) yield { key: name, region: regionOf(text, key.offset, key.offset + key.length) };
      seen.add(name);
    }
    if (value !== undefined) yield* duplicateKeys(value, text);
  }
}

/** Where a place stands in the text; of a place that is not there, the nearest element around it. */
export function locate({ root, text }: JsonDocument, place: Place): Region {
  if (root === undefined) return regionOf(text, 0, 1);
  let node = root;
  for (const segment of segmentsOf(place.path)) {
    const next = childOf(node, segment);
    if (next === undefined) return regionOf(text, node.offset, node.offset + 1);
    node = next;
  }
  if (place.key !== undefined) {
    const key = propertyOf(node, place.key)?.children?.[0];
    if (key !== undefined) return regionOf(text, key.offset + 1, key.offset + key.length - 1);
  }
  if (node.type !== 'string') return regionOf(text, node.offset, node.offset + node.length);
  const offsets = offsetsOf(text, node);
  const decoded = String(node.value);
  if (place.column === undefined)
    return regionOf(text, node.offset + 1, Math.max(node.offset + 2, node.offset + node.length - 1));
  const from = Math.min(Math.max(0, place.column - 1), decoded.length);
  const to = Math.min(decoded.length, from + tokenLength(decoded.slice(from)));
  const [start, end] = [offsets[from] ?? node.offset, offsets[to] ?? node.offset];
  return regionOf(text, start, Math.max(start + 1, end));
}

/** `$.select[0].column` → `select`, 0, `column`. */
export function segmentsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
}

function childOf(node: Node, segment: string | number): Node | undefined {
  return typeof segment === 'number'
    ? node.type === 'array'
      ? node.children?.[segment]
      : undefined
    : propertyOf(node, segment)?.children?.[1];
}

/** The last of its name, as JSON.parse takes it. */
function propertyOf(node: Node, name: string): Node | undefined {
  if (node.type !== 'object') return undefined;
  return node.children?.filter((property) => property.children?.[0]?.value === name).at(-1);
}

/** For each character of a string's value, and for its end, the offset in the text: escapes take more room. */
function offsetsOf(text: string, node: Node): readonly number[] {
  const offsets: number[] = [];
  const end = node.offset + node.length - 1;
  for (let at = node.offset + 1; at < end; ) {
    offsets.push(at);
    at += text[at] !== '\\' ? 1 : text[at + 1] === 'u' ? 6 : 2;
  }
  return [...offsets, end];
}

/** The name, operator or literal that begins a text. */
function tokenLength(text: string): number {
  return /^(%?`[^`]*`|%?\w+|'[^']*'|[<>!]=|!~|.)?/s.exec(text)?.[0].length ?? 1;
}

export function regionOf(text: string, from: number, to: number): Region {
  const [start, end] = [positionOf(text, from), positionOf(text, to)];
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
