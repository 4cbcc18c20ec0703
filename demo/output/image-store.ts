import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { studyInstances } from '../dicom/data-set.ts';
import { encodeFile, encodeHeader } from '../dicom/encode.ts';
import type { PatientPlan, StudyPlan } from '../plan/patient-plan.ts';
import { openNdjsonFolder } from './ndjson-folder.ts';

export type ImageForm = 'files' | 'headers' | 'none';

/** Where the DICOM side of the demo goes. `store` answers how many instances and files it wrote. */
export interface ImageStore {
  store(plan: PatientPlan, study: StudyPlan, duplicateFirst: boolean): Promise<Stored>;
  /** Files no DICOM reader can read; answers how many. */
  addUnreadable(): Promise<number>;
  close(): Promise<void>;
}

export interface Stored {
  readonly instances: number;
  readonly files: number;
  readonly duplicates: number;
}

const HEADERS_PER_FILE = 100_000;

export async function openImageStore(form: ImageForm, folder: string, seed: number): Promise<ImageStore> {
  switch (form) {
    case 'files':
      return openFileStore(folder, seed);
    case 'headers':
      return openHeaderStore(folder, seed);
    case 'none':
      return {
        store: async () => ({ instances: 0, files: 0, duplicates: 0 }),
        addUnreadable: async () => 0,
        close: async () => {},
      };
    default:
      return form satisfies never;
  }
}

async function openFileStore(folder: string, seed: number): Promise<ImageStore> {
  await mkdir(folder, { recursive: true });
  return {
    async store(plan, study, duplicateFirst) {
      const studyName = `${plan.key}-study-${study.number}`;
      let instances = 0;
      let duplicates = 0;
      for (const series of study.series) {
        await mkdir(join(folder, studyName, `series-${series.number}`), { recursive: true });
      }
      for (const { series, instance, dataSet } of studyInstances(seed, plan, study)) {
        const bytes = encodeFile(dataSet);
        const name = `IM${String(instance).padStart(4, '0')}.dcm`;
        await writeFile(join(folder, studyName, `series-${series}`, name), bytes);
        if (duplicateFirst && instances === 0) {
          await mkdir(join(folder, 'resent'), { recursive: true });
          await writeFile(join(folder, 'resent', `${studyName}.dcm`), bytes);
          duplicates += 1;
        }
        instances += 1;
      }
      return { instances, files: instances + duplicates, duplicates };
    },
    async addUnreadable() {
      await writeFile(
        join(folder, 'README.txt'),
        'Images of the demo cancer centre. This file is no DICOM file.\n',
      );
      const cut = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.from([2, 0, 0, 0, 0x55])]);
      await writeFile(join(folder, 'interrupted-transfer.dcm'), cut);
      return 2;
    },
    close: async () => {},
  };
}

async function openHeaderStore(folder: string, seed: number): Promise<ImageStore> {
  const output = await openNdjsonFolder(folder, '.dicom.ndjson');
  let written = 0;
  const append = async (header: string): Promise<void> => {
    await output.append(String(Math.floor(written / HEADERS_PER_FILE) + 1), header);
    written += 1;
  };
  return {
    async store(plan, study, duplicateFirst) {
      let instances = 0;
      let duplicates = 0;
      for (const { dataSet } of studyInstances(seed, plan, study)) {
        const header = encodeHeader(dataSet);
        await append(header);
        if (duplicateFirst && instances === 0) {
          await append(header);
          duplicates += 1;
        }
        instances += 1;
      }
      return { instances, files: 0, duplicates };
    },
    addUnreadable: async () => 0,
    close: () => output.close(),
  };
}
