import type { ProfileName } from '../../models/privacy-profile.ts';
import type { IdentitySource } from '../identity/identity-source.ts';
import type { RetentionPolicy } from '../warehouse/retire.ts';
import type { GuardPolicy } from './guard.ts';

/** A place records come from. Paths are absolute. */
export type Source = IdentitySource & {
  readonly kind: 'fhir-folder' | 'dicom-folder';
  readonly path: string;
};

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
  /** Rebuild every table even if nothing changed. */
  readonly full: boolean;
  /** Read only these sources; the others keep what they have landed. */
  readonly only?: readonly string[];
  /** DuckDB's memory limit, such as `4GB`. */
  readonly memoryLimit?: string;
  readonly now: () => Date;
  readonly onProgress: (progress: Progress) => void;
}

/** A stage of the run and how far it has come; `total` is 0 where it is not known. */
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}
