import fhirpath from 'fhirpath';

/** FHIRPath as written: one node per construct, with the 1-based character where it stands. */
export type Syntax = { readonly column: number } & (
  | { readonly kind: 'member'; readonly of: Syntax | null; readonly name: string }
  | {
      readonly kind: 'call';
      readonly of: Syntax | null;
      readonly name: string;
      readonly args: readonly Syntax[];
    }
  | { readonly kind: 'indexer'; readonly of: Syntax; readonly index: Syntax }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Syntax; readonly right: Syntax }
  | { readonly kind: 'polarity'; readonly sign: '+' | '-'; readonly of: Syntax }
  | { readonly kind: 'type'; readonly operator: 'is' | 'as'; readonly of: Syntax; readonly name: string }
  | { readonly kind: 'literal'; readonly type: LiteralType; readonly text: string }
  | { readonly kind: 'quantity'; readonly value: string; readonly unit: string }
  | { readonly kind: 'external'; readonly name: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'this' }
  | { readonly kind: 'index' }
  | { readonly kind: 'total' }
);

export type LiteralType =
  | 'boolean'
  | 'string'
  | 'integer'
  | 'long'
  | 'decimal'
  | 'date'
  | 'dateTime'
  | 'time';

/** A text that is no FHIRPath: `column` is 1-based. */
export class SyntaxFault extends Error {
  readonly column: number;
  constructor(message: string, column: number) {
    super(message);
    this.column = column;
  }
}

interface AstNode {
  readonly type: string;
  readonly text?: string;
  readonly start?: { readonly line: number; readonly column: number };
  readonly delimitedText?: string;
  readonly children?: readonly AstNode[];
}

/** Parses FHIRPath (https://hl7.org/fhirpath/N1/); throws `SyntaxFault`. */
export function parseFhirPath(expression: string): Syntax {
  let root: AstNode;
  try {
    root = fhirpath.parse(expression) as AstNode;
  } catch (error) {
    const report = error instanceof Error ? error.message : String(error);
    const match = /line: (\d+); column: (\d+); message: ([^\n]*)/.exec(report);
    const problem = match?.[3]?.replace(/ expecting \{.*/, '') ?? report;
    const column = characterAt(expression, Number(match?.[1] ?? 1), Number(match?.[2] ?? 0) + 1);
    throw new SyntaxFault(`is not FHIRPath: ${problem}`, column);
  }
  return toSyntax(expression.includes('\n') ? onOneLine(root, expression) : root);
}

/** The 1-based character of the whole text at a line and a column, both 1-based. */
function characterAt(text: string, line: number, column: number): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((length, each) => length + each.length + 1, column);
}

function onOneLine(node: AstNode, text: string): AstNode {
  const { start, children } = node;
  return {
    ...node,
    ...(start && { start: { line: 1, column: characterAt(text, start.line, start.column) } }),
    ...(children && { children: children.map((child) => onOneLine(child, text)) }),
  };
}

function toSyntax(node: AstNode): Syntax {
  const column = columnOf(node);
  switch (node.type) {
    case 'EntireExpression':
    case 'TermExpression':
    case 'InvocationTerm':
    case 'ParenthesizedTerm':
      return toSyntax(childOf(node, 0));
    case 'InvocationExpression':
      return toInvocation(childOf(node, 1), toSyntax(childOf(node, 0)));
    case 'MemberInvocation':
    case 'FunctionInvocation':
    case 'ThisInvocation':
    case 'IndexInvocation':
    case 'TotalInvocation':
      return toInvocation(node, null);
    case 'IndexerExpression':
      return { kind: 'indexer', of: toSyntax(childOf(node, 0)), index: toSyntax(childOf(node, 1)), column };
    case 'PolarityExpression':
      return {
        kind: 'polarity',
        sign: node.text === '-' ? '-' : '+',
        of: toSyntax(childOf(node, 0)),
        column,
      };
    case 'TypeExpression':
      return {
        kind: 'type',
        operator: node.text === 'is' ? 'is' : 'as',
        of: toSyntax(childOf(node, 0)),
        name: unquote(childOf(node, 1).text ?? ''),
        column,
      };
    case 'MultiplicativeExpression':
    case 'AdditiveExpression':
    case 'UnionExpression':
    case 'InequalityExpression':
    case 'EqualityExpression':
    case 'MembershipExpression':
    case 'AndExpression':
    case 'OrExpression':
    case 'ImpliesExpression':
      return {
        kind: 'binary',
        operator: node.text ?? '',
        left: toSyntax(childOf(node, 0)),
        right: toSyntax(childOf(node, 1)),
        column,
      };
    case 'ExternalConstantTerm':
      return { kind: 'external', name: unquote(node.text ?? node.delimitedText ?? ''), column };
    case 'LiteralTerm':
      return toLiteral(childOf(node, 0), node.text ?? '', column);
    default:
      throw new SyntaxFault(`${node.type} is not supported`, column);
  }
}

function toInvocation(node: AstNode, of: Syntax | null): Syntax {
  const column = columnOf(node);
  switch (node.type) {
    case 'MemberInvocation':
      return { kind: 'member', of, name: unquote(node.text ?? ''), column };
    case 'FunctionInvocation': {
      const params = childOf(node, 0).children?.find((child) => child.type === 'ParamList');
      return {
        kind: 'call',
        of,
        name: node.text ?? '',
        args: (params?.children ?? []).map(toSyntax),
        column,
      };
    }
    case 'ThisInvocation':
      return { kind: 'this', column };
    case 'IndexInvocation':
      return { kind: 'index', column };
    case 'TotalInvocation':
      return { kind: 'total', column };
    default:
      throw new SyntaxFault(`${node.type} is not supported`, column);
  }
}

function toLiteral(node: AstNode, text: string, column: number): Syntax {
  switch (node.type) {
    case 'NullLiteral':
      return { kind: 'empty', column };
    case 'BooleanLiteral':
      return { kind: 'literal', type: 'boolean', text, column };
    case 'StringLiteral':
      return { kind: 'literal', type: 'string', text: unquote(text), column };
    case 'NumberLiteral':
      return { kind: 'literal', type: text.includes('.') ? 'decimal' : 'integer', text, column };
    case 'LongNumberLiteral':
      return { kind: 'literal', type: 'long', text: text.replace(/L$/, ''), column };
    case 'DateLiteral':
      return { kind: 'literal', type: 'date', text: text.slice(1), column };
    case 'DateTimeLiteral':
      return { kind: 'literal', type: 'dateTime', text: text.slice(1).replace(/T$/, ''), column };
    case 'TimeLiteral':
      return { kind: 'literal', type: 'time', text: text.slice(2), column };
    case 'QuantityLiteral': {
      const match = /^([-+]?[0-9.]+)(.*)$/s.exec(text);
      return { kind: 'quantity', value: match?.[1] ?? text, unit: unquote(match?.[2] ?? ''), column };
    }
    default:
      throw new SyntaxFault(`${node.type} is not supported`, column);
  }
}

function childOf(node: AstNode, index: number): AstNode {
  const child = node.children?.[index];
  if (child === undefined) throw new SyntaxFault(`${node.type} is incomplete`, columnOf(node));
  return child;
}

function columnOf(node: AstNode): number {
  if (node.start !== undefined) return node.start.column;
  const first = node.children?.[0];
  return first === undefined ? 1 : columnOf(first);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

/** Takes the quotes ' " ` off and resolves the escapes of FHIRPath strings. */
function unquote(text: string): string {
  const isQuoted = text.length >= 2 && /^(['"`]).*\1$/s.test(text);
  if (!isQuoted) return text;
  return text
    .slice(1, -1)
    .replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, code: string) =>
      code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
    );
}
