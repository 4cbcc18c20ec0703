import { createHash } from 'node:crypto';
import { bytesOf, type FhirFile, type Folders, type ImageFile, type SourceFile } from './folders.ts';
import type { FhirSource, Line, RecordSpec } from './history.ts';
import { momentOf, type Names } from './records.ts';

export type SourceName = FhirSource | 'pacs';

/** A version of a record, or its deletion, and when and where it came. */
export interface Version {
  readonly source: SourceName;
  readonly type: string;
  readonly id: string;
  readonly history: number;
  readonly night: number;
  /** Its place in what its source delivered that night. */
  readonly place: number;
  /** When its source changed it; milliseconds since 1970. */
  readonly time: number;
  readonly path: string;
  readonly isSubsetted: boolean;
  readonly content: RecordSpec | ImageFile | 'deleted';
}

/** A name that a Bundle gave a record. */
export interface GivenName {
  readonly source: SourceName;
  readonly night: number;
  readonly path: string;
  readonly name: string;
  readonly history: number;
  readonly target: Version;
}

/** Newest last: a part never stands before a whole record; then time, then what came later. */
function compareAge(a: Version, b: Version): number {
  return (
    Number(b.isSubsetted) - Number(a.isSubsetted) || a.time - b.time || a.night - b.night || a.place - b.place
  );
}

/**
 * What a warehouse knows of records, as a plain map: the newest version of each, by the merge rules of the design. Reads
 * folders as a night finds them: a file that says what it said the last time is no news; a FHIR file that is gone takes
 * its refused lines with it and no record; an image that is gone, or broken, is deleted.
 */
export class MergeModel {
  readonly newest = new Map<string, Version>();
  readonly names: GivenName[] = [];
  /** What is refused of the files as they were read: source → path → code → number. */
  readonly refused = new Map<SourceName, Map<string, Record<string, number>>>();
  /** The content of each file when it was last read. */
  readonly #read = new Map<string, string>();
  readonly #namesOf: (history: number) => Names;

  constructor(namesOf: (history: number) => Names) {
    this.#namesOf = namesOf;
    for (const source of ['ehr', 'lab', 'pacs'] as const) this.refused.set(source, new Map());
  }

  readNight(night: number, folders: Folders, source: SourceName): void {
    const files = folders.files[source];
    let place = 0;
    if (source === 'pacs') this.refused.get('pacs')?.set('README', { 'not-dicom': 1 });
    for (const path of [...files.keys()].sort()) {
      const file = files.get(path) as SourceFile;
      const digest = `${file.kind === 'image' ? path : ''}${sha256(bytesOf(file, this.#namesOf(file.history)))}`;
      if (this.#read.get(`${source}/${path}`) === digest) continue;
      this.#read.set(`${source}/${path}`, digest);
      const refused = new Map<string, number>();
      if (file.kind === 'image') this.#readImage(night, path, file, place++, refused);
      else place = this.#readRecords(night, source, path, file, place, refused);
      this.#refuse(source, path, Object.fromEntries(refused));
    }
    for (const key of [...this.#read.keys()]) {
      const path = key.slice(source.length + 1);
      if (!key.startsWith(`${source}/`) || files.has(path)) continue;
      const known = this.refused.get(source)?.get(path);
      if (source === 'pacs') this.#forget(night, path, place++);
      if (source === 'pacs' || known !== undefined) this.#read.delete(key);
      this.#refuse(source, path, {});
    }
  }

  #refuse(source: SourceName, path: string, codes: Record<string, number>): void {
    if (Object.keys(codes).length === 0) this.refused.get(source)?.delete(path);
    else this.refused.get(source)?.set(path, codes);
  }

  #readRecords(
    night: number,
    source: SourceName,
    path: string,
    file: FhirFile,
    place: number,
    refused: Map<string, number>,
  ): number {
    const refuse = (code: string): void => void refused.set(code, (refused.get(code) ?? 0) + 1);
    for (const line of file.lines) {
      if (line.kind === 'broken') refuse(file.form === 'bundle' ? 'shape-mismatch' : 'invalid-json');
      else this.#readLine(night, source, path, file, line, place++);
    }
    if (file.form === 'cut-gz') refuse('file-truncated');
    return place;
  }

  #readLine(
    night: number,
    source: SourceName,
    path: string,
    file: FhirFile,
    line: Exclude<Line, { readonly kind: 'broken' }>,
    place: number,
  ): void {
    const names = this.#namesOf(file.history);
    const about = line.kind === 'record' ? line.record : line;
    const version: Version = {
      source,
      type: about.type,
      id: names.id(about.type, about.id),
      history: file.history,
      night,
      place,
      time: about.day === null ? file.time : momentOf(about.day),
      path,
      isSubsetted: line.kind === 'record' && line.record.isSubsetted,
      content: line.kind === 'record' ? line.record : 'deleted',
    };
    this.#take(version);
    if (line.kind !== 'record' || line.name === '' || file.form !== 'bundle') return;
    const name = names.bundleName(line.name);
    this.names.push({ source, night, path, name, history: file.history, target: version });
  }

  #readImage(
    night: number,
    path: string,
    file: ImageFile,
    place: number,
    refused: Map<string, number>,
  ): void {
    const uri = file.form === 'json' && file.image !== undefined ? `${path}#1` : path;
    if (file.image === undefined) refused.set(file.form === 'json' ? 'dicom-unreadable' : 'not-dicom', 1);
    else this.#take(imageVersion(night, uri, file, place));
    const others = [path, `${path}#1`].filter((each) => file.image === undefined || each !== uri);
    for (const each of others) this.#forget(night, each, place);
  }

  /** The image of a file is deleted, if there was one. */
  #forget(night: number, path: string, place: number): void {
    for (const uri of [path, `${path}#1`]) {
      const known = this.newest.get(`pacs|DicomInstance|${imageId(uri)}`);
      if (known !== undefined) this.#take({ ...known, night, place, time: night, content: 'deleted' });
    }
  }

  #take(version: Version): void {
    const key = `${version.source}|${version.type}|${version.id}`;
    const known = this.newest.get(key);
    if (known === undefined || compareAge(known, version) < 0) this.newest.set(key, version);
  }

  /** The records that are not deleted, without the images that another file of the same instance hides. */
  shown(): readonly Version[] {
    const hidden = new Set(this.hidden().map(({ loser }) => loser));
    return this.known().filter((version) => !hidden.has(version));
  }

  known(): readonly Version[] {
    return [...this.newest.values()].filter((version) => version.content !== 'deleted');
  }

  /** Of several files of one instance the one that came last shows; of one night the first by path. */
  hidden(): readonly { readonly loser: Version; readonly winner: Version }[] {
    const byInstance = new Map<string, Version[]>();
    for (const version of this.known()) {
      const { content, history } = version;
      if (content === 'deleted' || !('kind' in content) || content.image === undefined) continue;
      const instance = this.#namesOf(history).instance(content.image.sop);
      byInstance.set(instance, [...(byInstance.get(instance) ?? []), version]);
    }
    return [...byInstance.values()].flatMap((versions) => {
      const [winner, ...losers] = versions.sort((a, b) => b.night - a.night || (a.path < b.path ? -1 : 1));
      return losers.map((loser) => ({ loser, winner: winner as Version }));
    });
  }
}

function imageVersion(night: number, uri: string, file: ImageFile, place: number): Version {
  return {
    source: 'pacs',
    type: 'DicomInstance',
    id: imageId(uri),
    history: file.history,
    night,
    place,
    // a file is what it was when it was last read
    time: night,
    path: uri,
    isSubsetted: false,
    content: file,
  };
}

/** The id of the record of a DICOM file: the first half of the sha256 of its path, in hexadecimal. */
export function imageId(uri: string): string {
  return sha256(Buffer.from(uri)).slice(0, 32);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
