/** An object of TMDL, as far as a check of its structure needs it. */
export interface TmdlNode {
  readonly kind: string;
  readonly name: string;
  readonly properties: ReadonlyMap<string, readonly string[]>;
  readonly children: readonly TmdlNode[];
}

interface OpenNode extends TmdlNode {
  readonly depth: number;
  readonly properties: Map<string, string[]>;
  readonly children: OpenNode[];
}

const OBJECT =
  /^(database|model|table|measure|column|partition|relationship|role|tablePermission|expression|annotation|ref \w+) ('(?:[^']|'')*'|[^\s'=.:]+)( = \S.*)?$/;
const PROPERTY = /^([a-zA-Z]+)(?:: (\S.*)|( =))?$/;
/** What may be below what. */
const PARENTS: Readonly<Record<string, RegExp>> = {
  measure: /^table$/,
  column: /^table$/,
  partition: /^table$/,
  tablePermission: /^role$/,
  annotation: /^(file|table|column|expression)$/,
};

/**
 * Reads TMDL line by line: tabs alone indent, one level at a time but for expressions, names are quoted where they have to be and
 * unique among their siblings, descriptions precede an object. Throws on anything else.
 */
export function readTmdl(text: string): readonly TmdlNode[] {
  const file: OpenNode = { kind: 'file', name: '', depth: -1, properties: new Map(), children: [] };
  const open: OpenNode[] = [file];
  let expressionDepth: number | undefined;
  let isDescribed = false;
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, tabs = '', content = ''] = /^(\t*)(.*)$/.exec(line) ?? [];
    const depth = tabs.length;
    if (expressionDepth !== undefined && depth > expressionDepth) continue;
    expressionDepth = undefined;
    if (content !== content.trim()) throw new Error(`spaces around: ${line}`);
    while (depth <= (open.at(-1)?.depth ?? -1)) open.pop();
    const parent = open.at(-1) ?? file;
    if (depth !== parent.depth + 1) throw new Error(`too deep: ${line}`);
    if (content.startsWith('/// ')) {
      isDescribed = true;
      continue;
    }
    const [, kind = '', quoted = ''] = OBJECT.exec(content) ?? [];
    const [, property = '', value = '', expression] = PROPERTY.exec(content) ?? [];
    if (kind !== '') {
      if (!(PARENTS[kind] ?? /^file$/).test(parent.kind)) throw new Error(`${kind} below ${parent.kind}`);
      const name = quoted.replace(/^'|'$/g, '').replaceAll("''", "'");
      const isTaken = parent.children.some((each) => each.kind === kind && each.name === name);
      if (isTaken) throw new Error(`twice: ${line}`);
      const node: OpenNode = { kind, name, depth, properties: new Map(), children: [] };
      parent.children.push(node);
      open.push(node);
    } else {
      if (property === '' || isDescribed || parent === file)
        throw new Error(`neither object nor property: ${line}`);
      if (parent.children.length > 0 || parent.properties.has(property))
        throw new Error(`misplaced: ${line}`);
      parent.properties.set(property, [value]);
      if (expression !== undefined || property === 'dataAccessOptions') expressionDepth = depth;
    }
    isDescribed = false;
  }
  if (isDescribed) throw new Error('a description of nothing');
  return file.children;
}
