import type { SubjectSpec } from './history.ts';
import type { MergeModel, Version } from './merge-model.ts';
import { BASE_URLS, MRN, type Names, NPI } from './records.ts';

/**
 * What references mean: the name that a Bundle gave (in the record's own file where files disagree), else the source's
 * own base URL, else the one record with an identifier, else the one record with an id. What could mean two things
 * means nothing.
 */
export class ReferenceModel {
  readonly #named = new Map<string, Set<string>>();
  readonly #namedInFile = new Map<string, Set<string>>();
  readonly #identified = new Map<string, Set<string>>();
  readonly #ids = new Map<string, Set<string>>();

  constructor(model: MergeModel, namesOf: (history: number) => Names) {
    for (const { source, night, path, name, target } of model.names) {
      add(this.#named, `${source}|${name}`, `${target.type}/${target.id}`);
      add(this.#namedInFile, `${source}|${night}|${path}|${name}`, `${target.type}/${target.id}`);
    }
    for (const version of model.known()) {
      const key = `${version.type}/${version.id}`;
      add(this.#ids, `${version.source}|${version.id}`, key);
      const identifier = identifierOf(version, namesOf(version.history));
      if (identifier !== undefined)
        add(this.#identified, `${version.source}|${version.type}|${identifier}`, key);
    }
  }

  /** `Type/id`, or undefined where the reference has no meaning but itself. */
  meaning(version: Version, reference: string): string | undefined {
    const { source } = version;
    const named = this.#named.get(`${source}|${reference}`);
    if (named !== undefined) {
      if (named.size === 1) return only(named);
      return only(this.#namedInFile.get(`${source}|${version.night}|${version.path}|${reference}`));
    }
    if (source !== 'pacs' && reference.startsWith(`${BASE_URLS[source]}/`)) {
      return reference.slice(BASE_URLS[source].length + 1).replace(/\/_history\/.*$/, '');
    }
    const [type, identifier] = reference.split('?identifier=');
    if (identifier !== undefined) return only(this.#identified.get(`${source}|${type}|${identifier}`));
    if (reference.startsWith('urn:uuid:')) return only(this.#ids.get(`${source}|${reference.slice(9)}`));
    return undefined;
  }

  /** The Patient with a medical record number. */
  patientWith(source: string, number: string): string | undefined {
    return only(this.#identified.get(`${source}|Patient|${MRN}|${number}`));
  }

  /** The node of a clinical record: the patient whose it is, or itself. */
  nodeOf(version: Version, subject: SubjectSpec, reference: string | undefined, names: Names): string {
    const own = `${version.source}|${version.type}/${version.id}`;
    if (subject.way === 'logical') {
      const number = names.medicalRecord(subject.number);
      const patient = this.patientWith(version.source, number);
      return `${version.source}|${patient ?? `identifier/${MRN}|${number}`}`;
    }
    if (reference === undefined) return own;
    const written = reference.replace(/\/_history\/[^/]*$/, '');
    const meaning = this.meaning(version, written);
    if (meaning === undefined && written.startsWith('urn:')) return own.replace('|', '|unexplained/');
    const target = meaning ?? written;
    return /^Patient[/?]/.test(target) ? `${version.source}|${target}` : own;
  }
}

function identifierOf({ content }: Version, names: Names): string | undefined {
  if (content === 'deleted' || 'kind' in content) return undefined;
  if (content.type === 'Patient' && content.number !== 0)
    return `${MRN}|${names.medicalRecord(content.number)}`;
  if (content.type !== 'Practitioner' || content.variant % 3 === 0) return undefined;
  return `${NPI}|${names.provider(content.variant % 3)}`;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key) ?? new Set();
  map.set(key, values.add(value));
}

function only(values: ReadonlySet<string> | undefined): string | undefined {
  return values?.size === 1 ? [...values][0] : undefined;
}
