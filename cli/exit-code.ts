import { ChiasmError, ERROR_CODES } from '../base/error.ts';

/** What a scheduler or monitor sees of every command. */
export const EXIT_CODES = {
  0: 'done, or nothing to do; `status`: nobody has to do anything',
  1: 'a defect of Chiasm',
  2: 'something you can mend (configuration, paths, arguments)',
  3: 'the data broke a rule and nothing was published; `view run`: lines were refused, all other rows are written',
  4: 'another run is writing',
  5: 'a publish is held for your word',
  6: '`status` only: it can be used, somebody should look',
  7: '`status` only: do not rely on it before somebody has looked',
} as const;

/** The exit code of a command that ended in an error. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 | 4 | 5 {
  if (!(error instanceof ChiasmError)) return 1;
  if (error.code === 'writer-locked') return 4;
  if (error.code === 'publish-held') return 5;
  return ERROR_CODES[error.code] === 'contract' ? 3 : 2;
}

/**
 * An error for people: what went wrong, the code to look up; for a defect the kind of error and where it happened. The
 * words of an unknown error are not shown: they may name files or quote records.
 */
export function describeError(error: unknown): string {
  if (error instanceof ChiasmError)
    return `chiasm: ${error.message}\n        (${error.code}, see docs/errors.md)`;
  if (!(error instanceof Error)) return 'chiasm: a defect, please report it';
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`chiasm: a defect, please report it (${error.name}${code})`, ...frames].join('\n');
}
