import { appendFileSync } from 'node:fs';

/**
 * Appends lines to the audit file, readable by its owner only. It opens the file for each line, so that it may be
 * rotated by name. While the file cannot be written (disk full, no permission) lines are lost and counted; the
 * first that fits again follows an `audit-gap` line with their number. Never throws; `onTrouble` hears of the
 * first lost line of each gap. The appender answers whether the line was written.
 */
export function appendToAuditFile(
  file: string,
  onTrouble: (code: string) => void,
  append: (file: string, text: string) => void = appendPrivately,
): (line: string) => boolean {
  let lost = 0;
  return (line) => {
    try {
      const at = new Date().toISOString();
      // A full disk may have taken half a line: the gap begins on a line of its own.
      const gap = lost === 0 ? '' : `\n${JSON.stringify({ event: 'audit-gap', at, lost })}\n`;
      append(file, `${gap}${line}\n`);
      lost = 0;
      return true;
    } catch (error) {
      lost += 1;
      if (lost === 1) onTrouble(codeOf(error));
      return false;
    }
  };
}

function appendPrivately(file: string, text: string): void {
  appendFileSync(file, text, { mode: 0o600 });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
