import type { DownloadFault } from './bulk-download.ts';
import type { TypeReport } from './bulk-run.ts';
import type { InputCounts } from './fhir-lines.ts';

interface TypeCounts {
  files: number;
  lines: number;
  records: number;
  rejected: number;
  readonly faults: DownloadFault[];
  /** Ids seen, for the anti-join; undefined where nobody asks. */
  readonly ids: Set<string> | undefined;
}

/** Adds up what lands, type by type. */
export class BulkTally {
  readonly #keepsIds: boolean;
  readonly #types = new Map<string, TypeCounts>();
  deleted = 0;

  constructor(keepsIds: boolean) {
    this.#keepsIds = keepsIds;
  }

  addFile(type: string, lines: number, counts: InputCounts): void {
    const entry = this.#entry(type);
    entry.files++;
    entry.lines += lines;
    entry.records += counts.records;
    entry.rejected += counts.rejected;
  }

  addFault(type: string, fault: DownloadFault): void {
    this.#entry(type).faults.push(fault);
  }

  addId(type: string, id: string): void {
    if (this.#keepsIds) this.#entry(type).ids?.add(id);
  }

  /** Ids of a type that was exported without a loss, none where none came; undefined where any line or file of it is missing. */
  completeIds(type: string): ReadonlySet<string> | undefined {
    const entry = this.#types.get(type);
    const parts = [entry, this.#types.get('*')].filter((part) => part !== undefined);
    const isWhole = parts.every((part) => part.rejected === 0 && part.faults.length === 0);
    return isWhole ? (entry?.ids ?? new Set()) : undefined;
  }

  get idTypes(): readonly string[] {
    return [...this.#types].filter(([, entry]) => (entry.ids?.size ?? 0) > 0).map(([type]) => type);
  }

  get files(): number {
    return [...this.#types.values()].reduce((sum, entry) => sum + entry.files, 0);
  }

  get faults(): readonly DownloadFault[] {
    return [...this.#types.values()].flatMap((entry) => entry.faults);
  }

  get types(): readonly TypeReport[] {
    return [...this.#types]
      .filter(([, entry]) => entry.files + entry.faults.length > 0)
      .map(([type, { ids: _, ...entry }]) => ({
        ...entry,
        type,
        leftOut: entry.lines - entry.records - entry.rejected,
      }))
      .sort((a, b) => (a.type < b.type ? -1 : 1));
  }

  #entry(type: string): TypeCounts {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const ids = this.#keepsIds ? new Set<string>() : undefined;
    const entry: TypeCounts = { files: 0, lines: 0, records: 0, rejected: 0, faults: [], ids };
    this.#types.set(type, entry);
    return entry;
  }
}
