import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChiasmError } from '../base/error.ts';
import { registryLines } from './chart/registry.ts';
import { writeChart } from './chart/write-chart.ts';
import { type ImageForm, type ImageStore, openImageStore } from './output/image-store.ts';
import { openNdjsonFolder } from './output/ndjson-folder.ts';
import type { PatientPlan } from './plan/patient-plan.ts';
import { planPatient } from './plan/plan-patient.ts';
import { planStranger } from './plan/plan-stranger.ts';
import { closeTally, countLine, countPatient, type DemoSummary, openTally, type Tally } from './summary.ts';

export interface DemoOptions {
  readonly directory: string;
  readonly patients: number;
  readonly seed: number;
  readonly images: ImageForm;
  /** called after each patient */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Marks a directory as written by this generator, so that it may be written again. */
const MARKER = 'demo-summary.json';

/**
 * Writes the demo cancer centre: `<directory>/fhir/<Type>.ndjson` and `<directory>/dicom/…`. The same seed, number of
 * patients and form of images give the same bytes. Memory does not grow with the number of patients.
 * @throws ChiasmError `demo-folder-in-use` when the directory holds `fhir` or `dicom` that no earlier run wrote
 */
export async function generateDemo(options: DemoOptions): Promise<DemoSummary> {
  const { directory, patients, seed, images } = options;
  await clearDirectory(directory);
  const fhir = await openNdjsonFolder(join(directory, 'fhir'));
  const store = await openImageStore(images, join(directory, 'dicom'), seed);
  const tally = openTally();
  try {
    for (const { type, text } of registryLines()) {
      countLine(tally, type, false);
      await fhir.append(type, text);
    }
    for (let index = 0; index < patients; index += 1) {
      const plan = planPatient(seed, index);
      for (const { type, text, isEarlierVersion } of writeChart(seed, plan)) {
        countLine(tally, type, isEarlierVersion);
        await fhir.append(type, text);
      }
      countPatient(tally, plan);
      await storeStudies(store, tally, plan);
      const stranger = planStranger(seed, index);
      if (stranger !== undefined && images !== 'none') {
        tally.links['unknown-patient'] += 1;
        tally.mess.studiesOfUnknownPatients += 1;
        await storeStudies(store, tally, stranger);
      }
      options.onProgress?.(index + 1, patients);
    }
    // an export that broke off in the middle of a line
    await fhir.append('Observation', '{"resourceType":"Observation","id":"cut-off","status":"fin');
    tally.mess.brokenLines += 1;
    tally.mess.notDicomFiles += await store.addUnreadable();
    tally.dicom.files += tally.mess.notDicomFiles;
  } finally {
    await fhir.close();
    await store.close();
  }
  const summary = closeTally(tally, seed, patients);
  await writeFile(join(directory, MARKER), `${JSON.stringify(summary, undefined, 2)}\n`);
  return summary;
}

async function storeStudies(store: ImageStore, tally: Tally, plan: PatientPlan): Promise<void> {
  let first = true;
  for (const study of plan.studies) {
    if (!study.inDicom) continue;
    const stored = await store.store(plan, study, plan.mess.duplicateFile && first);
    first = false;
    if (stored.instances === 0) continue;
    tally.dicom.studies += 1;
    tally.dicom.series += study.series.length;
    tally.dicom.instances += stored.instances;
    tally.dicom.files += stored.files;
    tally.mess.duplicateFiles += stored.duplicates;
  }
}

async function clearDirectory(directory: string): Promise<void> {
  const outputs = [join(directory, 'fhir'), join(directory, 'dicom')];
  const used = outputs.some((output) => existsSync(output));
  if (used && !existsSync(join(directory, MARKER))) {
    throw new ChiasmError(
      'demo-folder-in-use',
      'the demo directory holds fhir or dicom folders of another origin',
      {
        params: { directory },
      },
    );
  }
  for (const output of outputs) await rm(output, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  // before anything else, so that an interrupted run can be repeated
  await writeFile(join(directory, MARKER), '{"unfinished":true}\n');
}
