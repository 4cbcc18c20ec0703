import { createHash, hash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { makeDirectory, syncDirectory, writeDurably } from '../../base/files.ts';
import { FrameWriter } from './frame-writer.ts';
import { IndexTables } from './index-tables.ts';
import type { LandedRecord, LandingManifest, OriginFile, RecordPlace, Rejection } from './landing-format.ts';

/** A landing file is closed after so many lines: the unit of rewriting stays small. */
const LINES_PER_FILE = 250_000;
const NEWLINE = Buffer.from('\n');
const NOWHERE = { file: '', line: 0, offset: 0, length: 0, contentHash: '' } as const;

interface OpenFile {
  readonly name: string;
  readonly writer: FrameWriter;
  readonly ids: Set<string>;
}

/**
 * One run of one source into landing. Lines go to `<Type>.<n>.ndjson.zst` so that a record id occurs once per
 * file; what is no record goes to `rejected.<n>.bin.zst`. Nothing counts until `commit`.
 */
export class LandingRun {
  readonly source: string;
  readonly run: string;
  readonly #directory: string;
  readonly #transactionTime: string;
  readonly #tables: IndexTables;
  readonly #open = new Map<string, OpenFile[]>();
  readonly #fileCounts = new Map<string, number>();
  readonly #files: LandingManifest['files'] = [];
  readonly #content = createHash('sha256');
  #rejectedFile: OpenFile | undefined;
  #ordinal = 0;
  #records = 0;
  #rejected = 0;
  #aliases = 0;
  #origins = 0;
  #ignored = 0;
  #mended = 0;

  private constructor(source: string, run: string, directory: string, time: string, tables: IndexTables) {
    this.source = source;
    this.run = run;
    this.#directory = directory;
    this.#transactionTime = time;
    this.#tables = tables;
  }

  /** Starts a run in `<landing>/<source>/<run>.partial`; `transactionTime` is an ISO instant. */
  static async start(
    landing: string,
    source: string,
    run: string,
    transactionTime: string,
  ): Promise<LandingRun> {
    const directory = join(landing, source, `${run}.partial`);
    await makeDirectory(directory, 0o700);
    const tables = await IndexTables.create(run, join(directory, 'spill'));
    return new LandingRun(source, run, directory, transactionTime, tables);
  }

  /** Lands one record. `text` is one JSON text without line breaks. */
  async addRecord(
    record: LandedRecord,
    text: Uint8Array,
    orderTime: string,
    origin: RecordPlace,
  ): Promise<void> {
    const file = await this.#fileFor(record.type, record.id);
    const offset = file.writer.bytes;
    const contentHash = hash('sha1', text, 'hex');
    file.ids.add(record.id);
    this.#tables.addRecord(record, {
      file: file.name,
      line: file.ids.size,
      offset,
      length: text.length,
      ordinal: this.#ordinal++,
      orderTime,
      contentHash,
      origin,
    });
    this.#records++;
    this.#content.update(`${record.type}/${record.id}:${contentHash}\n`);
    const written = file.writer.write(text);
    const ended = file.writer.write(NEWLINE);
    if (written !== undefined) await written;
    if (ended !== undefined) await ended;
    if (file.ids.size >= LINES_PER_FILE) await this.#close(record.type, file);
  }

  /** `isSubsetted`: what it deletes was SUBSETTED, and such a version may revive it. */
  addTombstone(type: string, id: string, orderTime: string, originPath: string, isSubsetted = false): void {
    const origin = { path: originPath, line: 0, element: '' };
    const place = { ...NOWHERE, ordinal: this.#ordinal++, orderTime, origin };
    this.#tables.addTombstone({ type, id, isSubsetted }, place);
    this.#records++;
    this.#content.update(`${type}/${id}:deleted\n`);
  }

  /** Quarantines bytes that are no record: `bytes` are kept; undefined where they are left in the source. */
  async reject(
    rejection: Rejection,
    origin: { readonly path: string; readonly sha256: string },
    bytes: Uint8Array | undefined,
  ): Promise<void> {
    this.#rejected++;
    this.#content.update(`rejected:${origin.sha256}:${rejection.offset}:${rejection.code}\n`);
    if (bytes === undefined) {
      this.#tables.addRejection(rejection, origin, '', 0);
      return;
    }
    const file = await this.#rejectedBytes();
    this.#tables.addRejection(rejection, origin, file.name, file.writer.bytes);
    await file.writer.write(bytes);
  }

  /** What a Bundle in the file `originPath` calls the record `target` (`Type/id`). The name holds in that file first. */
  addAlias(name: string, target: string, originPath: string): void {
    this.#aliases++;
    this.#tables.addAlias(name, target, originPath);
  }

  /** `mends`: the file has rejections from earlier runs. They hold no longer once it is read again, or gone. */
  addOrigin(origin: OriginFile, mends = false): void {
    this.#origins++;
    if (mends && origin.status !== 'touched') {
      this.#mended++;
      this.#content.update(`mended:${origin.path}\n`);
    }
    if (origin.status === 'ignored') this.#ignored++;
    this.#tables.addOrigin(origin);
  }

  /**
   * A connection that sees what the run holds so far as the tables `index`, `facts`, `rejected`, `origins` and `aliases`.
   * The caller closes it, before the run is committed or given up.
   */
  openReader(): Promise<DuckDBConnection> {
    return this.#tables.openReader();
  }

  /** True while the run holds nothing that the next stages would have to look at. */
  get isEmpty(): boolean {
    return this.#origins === 0 && this.#records === 0 && this.#rejected === 0;
  }

  /** Makes the run durable and visible; the manifest is its last file. */
  async commit(request: Readonly<Record<string, string>>): Promise<LandingManifest> {
    for (const [type, files] of this.#open) {
      for (const file of [...files]) await this.#close(type, file);
    }
    const beside = await this.#closeRejected();
    const tables = { ...(await this.#tables.writeTo(this.#directory)), ...beside };
    await rm(join(this.#directory, 'spill'), { recursive: true, force: true });
    const manifest: LandingManifest = {
      format: 2,
      source: this.source,
      run: this.run,
      request,
      transactionTime: this.#transactionTime,
      files: this.#files,
      records: this.#records,
      rejected: this.#rejected,
      originFiles: this.#origins,
      ignoredFiles: this.#ignored,
      mended: this.#mended,
      tables,
      aliases: this.#aliases,
      contentHash: this.#content.digest('hex'),
    };
    await writeDurably(join(this.#directory, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
    await rename(this.#directory, this.#directory.replace(/\.partial$/, ''));
    await syncDirectory(dirname(this.#directory));
    return manifest;
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    for (const files of this.#open.values()) {
      for (const file of files) await file.writer.abandon();
    }
    await this.#rejectedFile?.writer.abandon();
    this.#tables.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #fileFor(type: string, id: string): Promise<OpenFile> {
    const files = this.#open.get(type) ?? [];
    const free = files.find((file) => !file.ids.has(id));
    if (free !== undefined) return free;
    const number = this.#fileCounts.get(type) ?? 0;
    this.#fileCounts.set(type, number + 1);
    const file = await this.#create(`${type}.${number}.ndjson.zst`);
    this.#open.set(type, [...files, file]);
    return file;
  }

  async #rejectedBytes(): Promise<OpenFile> {
    this.#rejectedFile ??= await this.#create('rejected.0.bin.zst');
    return this.#rejectedFile;
  }

  async #closeRejected(): Promise<LandingManifest['tables']> {
    if (this.#rejectedFile === undefined) return {};
    const { name, writer } = this.#rejectedFile;
    const sha256 = await writer.close();
    return { [name]: { size: writer.size, sha256 } };
  }

  async #create(name: string): Promise<OpenFile> {
    return { name, writer: await FrameWriter.create(join(this.#directory, name)), ids: new Set() };
  }

  async #close(type: string, file: OpenFile): Promise<void> {
    const files = this.#open.get(type) ?? [];
    this.#open.set(
      type,
      files.filter((other) => other !== file),
    );
    const sha256 = await file.writer.close();
    this.#files.push({
      name: file.name,
      type,
      lines: file.ids.size,
      bytes: file.writer.bytes,
      size: file.writer.size,
      sha256,
    });
  }
}
