import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RefreshOutcome } from '../../etl/refresh/refresh.ts';
import type { Source } from '../../etl/refresh/refresh-options.ts';
import { directoriesBelow } from '../support/refresh.ts';
import { comparePublished } from './compare-published.ts';
import { compareWarehouses } from './compare-warehouses.ts';
import { Folders } from './folders.ts';
import { writeFreshFolders } from './fresh-folder.ts';
import type { HospitalHistory } from './history.ts';
import { MergeModel } from './merge-model.ts';
import type { PackageCopy } from './package-copy.ts';
import { QUIET } from './quiet.ts';
import { ACCESSION, BASE_URLS, MRN, namesOf } from './records.ts';
import { WorldModel } from './world-model.ts';

const FIRST_NIGHT = Date.UTC(2026, 0, 10, 2);
const DAY_MS = 86_400_000;

/** The day at which ages count in all of these nights. */
const ageDate = '2026-03-01';

/**
 * Lets a hospital live through its nights. After each of them everything that is published is compared with the model,
 * and at the end every table with those of a hospital in which all that is left came in one night. Returns how many
 * records are left.
 */
export async function liveThrough(
  history: HospitalHistory,
  program: PackageCopy,
  directory: string,
): Promise<{ readonly records: number }> {
  program.reset();
  const folders = new Folders(join(directory, 'sources'), namesOf);
  const model = new MergeModel(namesOf);
  const minted = new Map<string, number>();
  const live = (night: number, below = directory): Promise<RefreshOutcome> =>
    refreshNight(program, below, history.profile, night);
  for (const [night, { unreadable, only, change }] of history.nights.entries()) {
    for (const [number, nights] of [...history.histories, ...QUIET].entries()) {
      for (const event of nights[night] ?? []) {
        if (only === 'all' || (only === 'images') === event.kind.includes('image'))
          folders.apply(number, event);
      }
    }
    program.change(change);
    if (unreadable === '') await live(night);
    else {
      const [folder, away] = [join(folders.root, unreadable), join(directory, 'away')];
      renameSync(folder, away);
      await expect(live(night)).rejects.toMatchObject({ code: 'source-not-found' });
      renameSync(away, folder);
    }
    for (const source of ['ehr', 'lab', 'pacs'] as const) {
      if (source !== unreadable) model.readNight(night, folders, source);
    }
    const world = new WorldModel(model, namesOf, minted);
    await comparePublished({
      directory,
      ageDate,
      profile: history.profile,
      night,
      program,
      model,
      world,
      minted,
    });
  }
  const last = history.nights.length;
  expect(await live(last)).toMatchObject({ status: 'unchanged' });

  const fresh = join(directory, 'fresh');
  writeFreshFolders(join(fresh, 'sources'), model, namesOf);
  mkdirSync(join(fresh, 'data'), { recursive: true });
  cpSync(directoriesBelow(directory).vault, directoriesBelow(fresh).vault, { recursive: true });
  await live(last, fresh);
  expect(await compareWarehouses(directory, fresh)).toEqual({});
  return { records: model.known().length };
}

function refreshNight(
  program: PackageCopy,
  directory: string,
  profile: HospitalHistory['profile'],
  night: number,
): Promise<RefreshOutcome> {
  return program.refresh({
    sources: sourcesBelow(join(directory, 'sources')),
    directories: directoriesBelow(directory),
    profile,
    retention: { keep: 2, graceMs: 0 },
    guard: { maxDeletedShare: 1, maxFallShare: 1, ignoreBelow: 1_000_000 },
    full: false,
    now: () => new Date(FIRST_NIGHT + night * DAY_MS),
    onProgress: () => {},
  });
}

function sourcesBelow(root: string): readonly Source[] {
  return [
    { name: 'ehr', kind: 'fhir-folder', path: join(root, 'ehr'), baseUrl: BASE_URLS.ehr },
    { name: 'lab', kind: 'fhir-folder', path: join(root, 'lab'), baseUrl: BASE_URLS.lab },
    {
      name: 'pacs',
      kind: 'dicom-folder',
      path: join(root, 'pacs'),
      patientIdIssuers: { HOSP: MRN },
      accessionSystem: ACCESSION,
    },
  ];
}
