import type { FoldPolicy } from '../warehouse/table-store.ts';

/** How large the files of tables are that are made anew. */
export interface FileLayout {
  /** A file has about so many rows at most. */
  readonly rowsPerFile: number;
  /** Only types with so many records have files of their own for what is recent. */
  readonly manyRecords: number;
  /** The newest file has so many records; each older one of those twice as many as the one after it. */
  readonly newestRecords: number;
  /** When a merge makes one file of several; not said: as usual. */
  readonly fold?: FoldPolicy;
}

export const FILE_LAYOUT: FileLayout = { rowsPerFile: 250_000, manyRecords: 100_000, newestRecords: 10_000 };
