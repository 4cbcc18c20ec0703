export interface StoredRecord {
  readonly resourceType: string;
  readonly id: string;
  readonly [element: string]: unknown;
}

interface Entry {
  readonly resource: StoredRecord;
  readonly at: number;
}

export interface ExportQuery {
  readonly types: readonly string[];
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly patients: readonly string[];
  readonly elements: readonly string[];
  readonly typeFilters: readonly string[];
  /** Patients of the group, for a group export. */
  readonly group: readonly string[] | undefined;
}

/** The records of a FHIR server, with their history of changes and deletes. */
export class RecordStore {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #deleted = new Map<string, number>();
  readonly groups = new Map<string, string[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  put(type: string, id: string, content: Readonly<Record<string, unknown>> = {}): StoredRecord {
    const at = this.#now();
    const meta = { lastUpdated: new Date(at).toISOString() };
    const resource = { resourceType: type, id, meta, ...content };
    this.#entries.set(`${type}/${id}`, { resource, at });
    this.#deleted.delete(`${type}/${id}`);
    return resource;
  }

  remove(type: string, id: string): void {
    if (!this.#entries.delete(`${type}/${id}`)) return;
    this.#deleted.set(`${type}/${id}`, this.#now());
  }

  /** `Type/id` → when it last changed. */
  get current(): ReadonlyMap<string, number> {
    return new Map([...this.#entries].map(([key, entry]) => [key, entry.at]));
  }

  get deletions(): ReadonlyMap<string, number> {
    return this.#deleted;
  }

  select(query: ExportQuery): readonly StoredRecord[] {
    return [...this.#entries.values()]
      .filter(({ resource, at }) => isAsked(query, resource.resourceType, at) && isWithin(query, resource))
      .map(({ resource }) => subset(resource, query.elements));
  }

  selectDeleted(query: ExportQuery): readonly string[] {
    if (query.since === undefined) return [];
    return [...this.#deleted]
      .filter(([key, at]) => isAsked(query, key.split('/')[0] ?? '', at))
      .map(([key]) => key);
  }
}

function isAsked(query: ExportQuery, type: string, at: number): boolean {
  if (query.types.length > 0 && !query.types.includes(type)) return false;
  if (query.since !== undefined && at <= query.since) return false;
  return query.until === undefined || at < query.until;
}

function isWithin(query: ExportQuery, resource: StoredRecord): boolean {
  const patient = resource.resourceType === 'Patient' ? resource.id : subjectId(resource);
  if (query.patients.length > 0 && !query.patients.includes(patient)) return false;
  if (query.group !== undefined && !query.group.includes(patient)) return false;
  const filters = query.typeFilters.filter((filter) => filter.startsWith(`${resource.resourceType}?`));
  return filters.length === 0 || filters.some((filter) => matches(resource, filter));
}

/** `Type?element=a,b`: enough of a search to see that a filter arrived as it was meant. */
function matches(resource: StoredRecord, filter: string): boolean {
  const search = new URLSearchParams(filter.slice(filter.indexOf('?') + 1));
  return [...search].every(([name, values]) => values.split(',').includes(String(resource[name])));
}

function subjectId(resource: StoredRecord): string {
  const subject = resource['subject'];
  if (typeof subject !== 'object' || subject === null || !('reference' in subject)) return '';
  return String(subject.reference).split('/')[1] ?? '';
}

function subset(resource: StoredRecord, elements: readonly string[]): StoredRecord {
  if (elements.length === 0) return resource;
  const kept = Object.entries(resource).filter(
    ([name]) => ['resourceType', 'id'].includes(name) || elements.includes(name),
  );
  const meta = { tag: [{ code: 'SUBSETTED' }] };
  return { ...Object.fromEntries(kept), resourceType: resource.resourceType, id: resource.id, meta };
}
