import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { openFolder } from '../source/folder-walk.ts';
import { KnownCursor, placeInFile } from '../source/known-cursor.ts';
import type { KnownOrigin, KnownOrigins } from '../source/source-run.ts';
import { originFolds } from './directories.ts';
import { type ExpectedExport, expectExports } from './dry-run-exports.ts';
import { openKnownOrigins } from './known-origins.ts';
import type { FolderSource, RefreshOptions, Source } from './refresh-options.ts';

/** The files of a source against what landing knows of them, by path, size and time. */
export interface FileChanges {
  readonly new: number;
  /** Another size or time; the content may turn out to be the same. */
  readonly changed: number;
  readonly vanished: number;
  /** Cannot be reached, or not be listed. */
  readonly unreadable: number;
  readonly unchanged: number;
}

/** What a run would find in a source. */
export interface ExpectedSource {
  readonly source: string;
  readonly kind: Source['kind'];
  /** Of a folder. */
  readonly files: FileChanges | null;
  /** Of a FHIR server: what it would be asked for. */
  readonly exports: readonly ExpectedExport[] | null;
  /** Why it cannot be read. */
  readonly errorCode: string | null;
  /** Would the run have to read anything, or take anything for deleted? */
  readonly hasNews: boolean;
}

/** Looks at the names, sizes and times of a source's files and at nothing in them; asks no server. */
export async function expectSource(
  connection: DuckDBConnection,
  options: RefreshOptions,
  source: Source,
  runs: readonly LandingManifest[],
): Promise<ExpectedSource> {
  const { name, kind } = source;
  const none = { source: name, kind, files: null, exports: null, errorCode: null };
  if (source.kind === 'fhir-bulk') {
    return { ...none, exports: await expectExports(source, options), hasNews: true };
  }
  const { directories } = options;
  try {
    const known = await openKnownOrigins(connection, directories.landing, originFolds(directories), runs);
    const { hasGoneWithEffect, ...files } = await compareFolder(source, known);
    const hasNews = files.new + files.changed + files.unreadable > 0 || hasGoneWithEffect;
    return { ...none, files, hasNews };
  } catch (error) {
    if (!(error instanceof ChiasmError) || error.code !== 'source-not-found') throw error;
    return { ...none, errorCode: error.code, hasNews: false };
  }
}

async function compareFolder(
  source: FolderSource,
  known: KnownOrigins,
): Promise<FileChanges & { readonly hasGoneWithEffect: boolean }> {
  const counts = { new: 0, changed: 0, vanished: 0, unreadable: 0, unchanged: 0 };
  let hasGoneWithEffect = false;
  let lastGone = '';
  const addGone = (origins: readonly KnownOrigin[]): void => {
    for (const origin of origins) {
      const { file } = placeInFile(origin.path);
      if (file !== lastGone) counts.vanished++;
      lastGone = file;
      // the records of a FHIR file outlive it where the folder is no whole export, its rejections do not
      if (source.kind === 'dicom-folder' || source.deletes === 'anti-join' || origin.isRejected)
        hasGoneWithEffect = true;
    }
  };
  const cursor = new KnownCursor(known.sorted());
  for await (const file of openFolder(source.name, source.path)) {
    for await (const gone of cursor.skipTo(file.uri)) addGone(gone);
    if (file.isUnreachable) {
      cursor.spare(file.uri);
      await cursor.pass(file.uri);
      counts.unreadable++;
      continue;
    }
    const before = await cursor.take(file.uri, Number.POSITIVE_INFINITY);
    const isSame = before.every(({ size, mtimeMs }) => size === file.size && mtimeMs === file.mtimeMs);
    counts[before.length === 0 ? 'new' : isSame ? 'unchanged' : 'changed']++;
  }
  for await (const gone of cursor.skipRest()) addGone(gone);
  return { ...counts, hasGoneWithEffect };
}
