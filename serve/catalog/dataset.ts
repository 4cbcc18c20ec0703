import type { MartReference } from '../../models/mart-declaration.ts';
import type { DatasetColumn } from './dataset-column.ts';
import type { Lineage } from './lineage.ts';
import type { SampleQuery } from './sample-queries.ts';

export interface Catalog {
  readonly snapshot: number;
  /** When the snapshot was published. */
  readonly publishedAt: string;
  readonly profile: string;
  readonly datasets: readonly Dataset[];
}

export interface Dataset {
  readonly schema: string;
  readonly table: string;
  readonly title: string;
  readonly description?: string;
  readonly grain?: string;
  readonly owner?: string;
  readonly version?: string;
  readonly rows: number;
  /** Size of its Parquet files. */
  readonly bytes: number;
  readonly columns: readonly DatasetColumn[];
  /** What a mart's columns point to. */
  readonly references?: readonly MartReference[];
  readonly lineage: Lineage;
  readonly queries: readonly SampleQuery[];
}
