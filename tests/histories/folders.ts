import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Event, FhirSource, ImageSpec, Letter, Line } from './history.ts';
import { dataSetOf, imageBytes, momentOf, type Names, resourceOf } from './records.ts';

/** A file of FHIR records as it lies in a source's folder. */
export interface FhirFile {
  readonly kind: 'fhir';
  readonly history: number;
  readonly source: FhirSource;
  readonly form: (Event & { readonly kind: 'write' })['form'];
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly lines: readonly Line[];
}

/** A file in the folder of images; without an image it is no DICOM. */
export interface ImageFile {
  readonly kind: 'image';
  readonly history: number;
  readonly form: 'part10' | 'json';
  readonly image: ImageSpec | undefined;
  readonly time: number;
}

export type SourceFile = FhirFile | ImageFile;

/** What lies in the folders of a hospital, on disk and beside it as plain data: source → path → file. */
export class Folders {
  readonly root: string;
  readonly files: Readonly<Record<FhirSource | 'pacs', Map<string, SourceFile>>> = {
    ehr: new Map(),
    lab: new Map(),
    pacs: new Map(),
  };
  readonly #namesOf: (history: number) => Names;
  /** Makes each file's time its own, so that a change cannot hide behind size and time. */
  #clock = 0;

  constructor(root: string, namesOf: (history: number) => Names) {
    this.root = root;
    this.#namesOf = namesOf;
    for (const source of ['ehr', 'lab', 'pacs']) mkdirSync(join(root, source), { recursive: true });
    // a folder of images that is empty looks like one that is not mounted
    writeFileSync(join(root, 'pacs', 'README'), 'no image');
  }

  apply(history: number, event: Event): void {
    switch (event.kind) {
      case 'write': {
        const file = { kind: 'fhir', history, source: event.source, form: event.form } as const;
        this.#put(event.source, fhirPath(history, event.file, event.form), {
          ...file,
          time: momentOf(event.day),
          lines: event.lines,
        });
        return;
      }
      case 'vanish': {
        for (const path of this.#paths(history, event)) this.#remove(event.source, path);
        return;
      }
      case 'export-again': {
        for (const path of this.#paths(history, event)) {
          const file = this.files[event.source].get(path) as FhirFile;
          const again = path.replace('/f', '/again');
          this.#put(event.source, again, { ...file, lines: [...file.lines].reverse() });
        }
        return;
      }
      case 'image': {
        const path = imagePath(history, event.file, event.form);
        this.#put('pacs', path, { ...event, kind: 'image', history, time: momentOf(0) });
        return;
      }
      case 'remove-image':
      case 'break-image':
      case 'touch-image':
      case 'move-image':
        for (const form of ['part10', 'json'] as const) this.#changeImage(history, event, form);
        return;
      default:
        event satisfies never;
    }
  }

  #changeImage(history: number, event: Event & { readonly file: Letter }, form: 'part10' | 'json'): void {
    const path = imagePath(history, event.file, form);
    const file = this.files.pacs.get(path);
    if (file?.kind !== 'image') return;
    if (event.kind === 'touch-image') this.#put('pacs', path, file);
    else if (event.kind === 'break-image') this.#put('pacs', path, { ...file, image: undefined });
    else this.#remove('pacs', path);
    if (event.kind === 'move-image') this.#put('pacs', imagePath(history, event.to, form), file);
  }

  #paths(history: number, event: { readonly source: FhirSource; readonly file: 0 | 1 | 2 }): string[] {
    const paths = new Set(FORMS.map((form) => fhirPath(history, event.file, form)));
    return [...paths].filter((path) => this.files[event.source].has(path));
  }

  #put(source: FhirSource | 'pacs', path: string, file: SourceFile): void {
    const time = file.time - (file.time % DAY_MS) + 1000 * this.#clock++;
    const dated = { ...file, time };
    this.files[source].set(path, dated);
    const target = join(this.root, source, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytesOf(dated, this.#namesOf(file.history)));
    utimesSync(target, time / 1000, time / 1000);
  }

  #remove(source: FhirSource | 'pacs', path: string): void {
    this.files[source].delete(path);
    rmSync(join(this.root, source, path), { force: true });
  }
}

const DAY_MS = 86_400_000;
const FORMS = ['ndjson', 'gz', 'cut-gz', 'bundle'] as const;
const ENDINGS = { ndjson: 'ndjson', gz: 'ndjson.gz', 'cut-gz': 'ndjson.gz', bundle: 'json' } as const;

function fhirPath(history: number, file: number, form: (typeof FORMS)[number]): string {
  return `h${history}/f${file}.${ENDINGS[form]}`;
}

function imagePath(history: number, file: Letter, form: 'part10' | 'json'): string {
  return `h${history}/${file}.${form === 'json' ? 'dicom.json' : 'dcm'}`;
}

/** The bytes of a file. */
export function bytesOf(file: SourceFile, names: Names): Uint8Array {
  if (file.kind === 'image') {
    return file.image === undefined ? Buffer.from('x') : imageBytes(dataSetOf(file.image, names), file.form);
  }
  const entries = file.lines.map((line) => entryOf(line, file.source, names));
  if (file.form === 'bundle') {
    return Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: entries }));
  }
  const text = entries
    .map((entry, index) => {
      const line = file.lines[index];
      if (line?.kind === 'record') return JSON.stringify(entry.resource);
      if (line?.kind === 'broken') return '{"resourceType":"Patient","id":"bro';
      return JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [entry] });
    })
    .map((line) => `${line}\n`)
    .join('');
  if (file.form === 'ndjson') return Buffer.from(text);
  // a second member that ends after its header: what came before it can be read
  return file.form === 'gz'
    ? gzipSync(text)
    : Buffer.concat([gzipSync(text), gzipSync('lost').subarray(0, 12)]);
}

interface BundleEntry {
  readonly fullUrl?: string;
  readonly resource?: unknown;
  readonly request?: object;
  readonly response?: object;
}

function entryOf(line: Line, source: FhirSource, names: Names): BundleEntry {
  if (line.kind === 'broken') return { resource: { resourceType: 'Patient', gender: 7 } };
  if (line.kind === 'record') {
    return {
      ...(line.name === '' ? {} : { fullUrl: names.bundleName(line.name) }),
      resource: resourceOf(line.record, source, names),
    };
  }
  return {
    request: { method: 'DELETE', url: `${line.type}/${names.id(line.type, line.id)}` },
    ...(line.day === null ? {} : { response: { lastModified: new Date(momentOf(line.day)).toISOString() } }),
  };
}
