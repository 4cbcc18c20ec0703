import { expect } from 'vitest';
import type { Finding, Region, RuleId } from '../../etl/view/lint-rule.ts';
import { type LintOptions, lintView } from '../../etl/view/lint-view.ts';

/** A broken view in which «» mark the places that must be found, in their order, and nothing else. */
export interface MarkedView {
  readonly text: string;
  readonly rules: readonly RuleId[];
  readonly suggestion?: string;
  readonly options?: LintOptions;
  readonly file?: string;
}

export function expectMarked({ text, rules, suggestion, options, file }: MarkedView): readonly Finding[] {
  const { clean, regions } = unmark(text);
  const { findings } = lintView(clean, file ?? 'tested.view.json', options);
  expect(findings.map(({ rule, region }) => ({ rule, region }))).toEqual(
    rules.map((rule, index) => ({ rule, region: regions[index] })),
  );
  if (suggestion !== undefined) expect(findings[0]?.suggestion).toContain(suggestion);
  return findings;
}

function unmark(text: string): { readonly clean: string; readonly regions: readonly Region[] } {
  let clean = '';
  const open: Array<readonly [number, number]> = [];
  const regions: Region[] = [];
  const position = (): readonly [number, number] => [
    clean.split('\n').length,
    clean.length - clean.lastIndexOf('\n'),
  ];
  for (const character of text) {
    if (character === '«') open.push(position());
    else if (character === '»') {
      const [[startLine, startColumn], [endLine, endColumn]] = [open.pop() ?? [0, 0], position()];
      regions.push({ startLine, startColumn, endLine, endColumn });
    } else clean += character;
  }
  return {
    clean,
    regions: regions.sort((a, b) => a.startLine - b.startLine || a.startColumn - b.startColumn),
  };
}

/** A view of Patient with these columns and whatever else, one line each. */
export function patientView(columns: readonly string[], ...more: readonly string[]): string {
  const rest = more.map((each) => `  ${each},\n`).join('');
  const lines = columns.map((column) => `      {${column}}`).join(',\n');
  return `{\n  "name": "tested",\n  "resource": "Patient",\n  "status": "draft",\n${rest}  "select": [{\n    "column": [\n${lines}\n    ]\n  }]\n}\n`;
}
