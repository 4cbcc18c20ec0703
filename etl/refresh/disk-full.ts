import { ChiasmError } from '../../base/error.ts';

const CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);
const WORDS = /No space left on device|Disk quota exceeded/i;

/** The error `disk-full` where that is what lies behind an error of Node or DuckDB; otherwise the error itself. */
export function explainDiskFull(error: unknown): unknown {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (CODES.has('code' in inner ? inner.code : undefined) || WORDS.test(inner.message)) {
      return new ChiasmError(
        'disk-full',
        'the disk of the data directory is full: free space, or give it a larger disk, and run again',
        { cause: error },
      );
    }
  }
  return error;
}
