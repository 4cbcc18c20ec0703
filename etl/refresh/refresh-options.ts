import type { ProfileName } from '../../models/privacy-profile.ts';
import type { RuleParameters } from '../../models/rule-parameters.ts';
import type { IdentitySource } from '../identity/identity-source.ts';
import type { BulkBackfill, FhirBulkSource } from '../source/bulk-config.ts';
import type { FhirFolder } from '../source/fhir-folder.ts';
import type { RetentionPolicy } from '../warehouse/retire.ts';
import type { FileLayout } from './file-layout.ts';
import type { GuardPolicy } from './guard.ts';

/** A folder records come from; its path is absolute. */
export type FolderSource = IdentitySource & {
  readonly kind: 'fhir-folder' | 'dicom-folder';
  readonly path: string;
  /** Of a `fhir-folder`: see `FhirFolder`. */
  readonly deletes?: FhirFolder['deletes'];
};

/** A FHIR server with Bulk Data Access; the path of its key file is absolute. */
export type BulkSource = IdentitySource & FhirBulkSource;

/** A place records come from. */
export type Source = FolderSource | BulkSource;

/** Where everything lies below the data directory. */
export interface DataDirectories {
  readonly landing: string;
  readonly vault: string;
  readonly keyFile: string;
  readonly warehouse: string;
  /** The refresh's own tables: which record each row came from, and whose it is. Identified. */
  readonly private: string;
  readonly state: string;
}

export interface RefreshOptions {
  readonly sources: readonly Source[];
  readonly directories: DataDirectories;
  readonly profile: ProfileName;
  readonly retention: RetentionPolicy;
  readonly guard: GuardPolicy;
  /** Parameters of the rules of the marts that differ from the shipped ones. */
  readonly rules?: RuleParameters;
  /** Folder of a site's own rows for the code tables. */
  readonly codes?: string;
  /** Rebuild every table even if nothing changed. */
  readonly full: boolean;
  /** Read only these sources; the others keep what they have landed. */
  readonly only?: readonly string[];
  /** Ask bulk sources for everything again, whatever their watermarks say. */
  readonly fullExport?: boolean;
  /** Ask bulk sources for data of the past; no watermark moves. */
  readonly backfill?: BulkBackfill;
  /** Aborting ends the run early; an export under way is cancelled at its server. */
  readonly signal?: AbortSignal;
  /** DuckDB's memory limit, such as `4GB`. */
  readonly memoryLimit?: string;
  /** Sizes of files, where they are not to be the usual ones. */
  readonly layout?: FileLayout;
  readonly now: () => Date;
  readonly onProgress: (progress: Progress) => void;
}

/** A stage of the run and how far it has come; `total` is 0 where it is not known. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** What the other side says of it, such as a server's X-Progress. */
  readonly text?: string;
}
