import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { LandingRun } from '../landing/landing-run.ts';
import { landDicomFolder } from '../source/dicom-folder.ts';
import { landFhirFolder } from '../source/fhir-folder.ts';
import type { KnownOrigins, SourceRun } from '../source/source-run.ts';
import { originFolds } from './directories.ts';
import { openKnownOrigins } from './known-origins.ts';
import { jointProgress, type LandedExport, landExport } from './land-exports.ts';
import { deleteMissing, type SparedTypes } from './missing-records.ts';
import type { FolderSource, RefreshOptions, Source } from './refresh-options.ts';
import { runTime } from './run-log.ts';
import type { SourceRecord } from './run-record.ts';
import { secondsSince } from './run-recorder.ts';

export interface Landed {
  /** The runs that were committed. */
  readonly runs: readonly LandingManifest[];
  /** Why sources could not be read, or not wholly; what they have landed still counts. */
  readonly failures: readonly ChiasmError[];
}

/**
 * Lands what is new or changed in every source since its `earlier` runs. One that cannot be read does not keep the others
 * from it. `onSource` is told of each as it ends.
 *
 * @throws ChiasmError the error of the first source where none could be read; `config-invalid` when `only` names a
 * source that is not configured
 */
export async function landSources(
  connection: DuckDBConnection,
  options: RefreshOptions,
  runId: string,
  earlier: readonly LandingManifest[],
  onSource: (source: SourceRecord) => void,
): Promise<Landed> {
  const chosen = chooseSources(options);
  const { landing } = options.directories;
  const runs: LandingManifest[] = [];
  const failures: ChiasmError[] = [];
  const land = async (source: string, how: () => Promise<LandedSource>): Promise<void> => {
    const beganMs = performance.now();
    try {
      const landed = await how();
      if (landed.manifest !== undefined) runs.push(landed.manifest);
      failures.push(...(landed.failures ?? []));
      onSource(recordOf(source, landed, beganMs));
    } catch (error) {
      const isOwn = error instanceof ChiasmError && error.code !== 'bulk-cancelled';
      if (!isOwn || options.signal?.aborted) throw error;
      failures.push(error);
      onSource(recordOf(source, { manifest: undefined, failures: [error] }, beganMs));
    }
  };
  for (const source of chosen) {
    if (source.kind === 'fhir-bulk') continue;
    const own = earlier.filter((run) => run.source === source.name);
    await land(source.name, async () => {
      const known = await openKnownOrigins(connection, landing, originFolds(options.directories), own);
      return await landFolder(source, options, runId, known, own);
    });
  }
  // servers take their time, so they are asked together
  const asked = chosen.filter((each) => each.kind === 'fhir-bulk');
  const progress = jointProgress(
    options,
    asked.map((source) => source.name),
  );
  const settled = await Promise.allSettled(
    asked.map((source) =>
      land(source.name, () => landExport(connection, source, options, runId, progress(source.name))),
    ),
  );
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
  if (failures[0] !== undefined && runs.length === 0 && failures.length === chosen.length) throw failures[0];
  return { runs, failures };
}

/** What was found in a source of any kind. */
type LandedSource = Pick<LandedExport, 'manifest'> &
  Partial<LandedExport> &
  Partial<SparedTypes> & { readonly isEmpty?: boolean };

function recordOf(source: string, landed: LandedSource, beganMs: number): SourceRecord {
  const { manifest, report, failures } = landed;
  const failure = failures?.[0];
  return {
    source,
    status: failure !== undefined ? 'failed' : manifest === undefined ? 'unchanged' : 'landed',
    errorCode: failure?.code ?? null,
    failedTypes: [...(report?.failedTypes ?? [])],
    isEmpty: landed.isEmpty ?? false,
    missingTypes: [...(landed.missingTypes ?? [])],
    undecidedTypes: [...(landed.undecidedTypes ?? [])],
    files: manifest?.originFiles ?? 0,
    read: manifest?.records ?? 0,
    quarantined: manifest?.rejected ?? 0,
    bytes: (manifest?.files ?? []).reduce((sum, file) => sum + file.bytes, 0),
    seconds: secondsSince(beganMs),
  };
}

/** The sources that a run reads. Throws `config-invalid` for a name that is none. */
export function chooseSources({ sources, only }: RefreshOptions): readonly Source[] {
  const unknown = only?.find((name) => !sources.some((source) => source.name === name));
  if (unknown !== undefined) {
    throw new ChiasmError('config-invalid', `there is no source ${unknown} in the configuration`, {
      params: { source: unknown },
    });
  }
  return sources.filter((source) => only?.includes(source.name) ?? true);
}

async function landFolder(
  source: FolderSource,
  options: RefreshOptions,
  runId: string,
  known: KnownOrigins,
  earlier: readonly LandingManifest[],
): Promise<LandedSource> {
  // The time of the run's id, which is later than those of all runs before, whatever the clock says.
  const startedAt = new Date(runTime(runId)).toISOString();
  const landing = await LandingRun.start(options.directories.landing, source.name, runId, startedAt);
  const stage = `read ${source.name}`;
  const run: SourceRun = {
    landing,
    known,
    startedAt,
    onProgress: (done, total) => options.onProgress({ stage, done, total }),
  };
  try {
    let found: Omit<LandedSource, 'manifest'> = {};
    if (source.kind === 'dicom-folder') await landDicomFolder(source, run);
    else {
      const { isEmpty, isSettled } = await landFhirFolder(source, run);
      const isWhole = source.deletes === 'anti-join';
      const spared = isWhole ? await deleteMissing(options.directories, landing, earlier, isSettled) : {};
      found = { isEmpty, ...spared };
    }
    if (landing.isEmpty) {
      await landing.abandon();
      return { manifest: undefined, ...found };
    }
    return { manifest: await landing.commit({ kind: source.kind }), ...found };
  } catch (error) {
    await landing.abandon();
    throw error;
  }
}
