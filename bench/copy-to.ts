import { sqlString } from '../base/sql-text.ts';

/** Small row groups cost no time and save memory. */
export function copyTo(select: string, target: string): string {
  return `copy (${select}) to ${sqlString(target)} (format parquet, compression zstd, row_group_size 30000)`;
}
