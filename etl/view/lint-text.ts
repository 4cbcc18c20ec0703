import { styleText } from 'node:util';
import type { Finding, Severity } from './lint-rule.ts';

const COLOURS = { error: 'red', warning: 'yellow', hint: 'cyan' } as const satisfies Record<Severity, string>;
/** Longer lines (JSON without line breaks) are cut around the place. */
const WIDTH = 100;

/** A finding for people: where, what, the line with a caret below the place, and what to do. */
export function findingText(
  finding: Finding,
  file: string,
  source: string | null,
  isColoured: boolean,
): string {
  const { region, severity, message, rule, suggestion, path, column } = finding;
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const head = [
    paint('bold', `${file}:${region.startLine}:${region.startColumn}`),
    `${paint(COLOURS[severity], severity)}: ${message} ${paint('dim', `[${rule}]`)}`,
  ].join(' ');
  const lines = source === null ? [] : excerpt(finding, source, (text) => paint(COLOURS[severity], text));
  const place = path === '$' ? [] : [`at ${path}${column === null ? '' : `, character ${column}`}`];
  const tail = [...(suggestion === null ? [] : [suggestion]), ...place].map(
    (text) => `    ${paint('dim', '=')} ${text}`,
  );
  return [head, ...lines, ...tail].join('\n');
}

function excerpt({ region }: Finding, source: string, paint: (text: string) => string): readonly string[] {
  const line = (source.split('\n')[region.startLine - 1] ?? '').replace(/\r$/, '').replace(/\t/g, ' ');
  const from = region.startColumn - 1;
  const to = region.endLine === region.startLine ? region.endColumn - 1 : line.length;
  const cut = Math.max(0, Math.min(from - Math.floor(WIDTH / 3), line.length - WIDTH));
  const shown = line.slice(cut, cut + WIDTH);
  const [before, after] = [cut > 0 ? '…' : '', cut + WIDTH < line.length ? '…' : ''];
  const number = String(region.startLine).padStart(5);
  const length = Math.max(1, Math.min(to, cut + WIDTH) - from);
  const caret = `${' '.repeat(before.length + from - cut)}${paint('^'.repeat(length))}`;
  return [`${number} | ${before}${shown}${after}`, `${' '.repeat(5)} | ${caret}`];
}
