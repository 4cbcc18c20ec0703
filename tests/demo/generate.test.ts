import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { generateDemo } from '../../demo/generate.ts';
import { planPatient } from '../../demo/plan/plan-patient.ts';
import type { DemoSummary } from '../../demo/summary.ts';
import { answerFromRecords } from './answer-question.ts';
import {
  type FhirSet,
  filesBelow,
  hashFolder,
  type Json,
  lastUpdated,
  newest,
  readFhir,
  walk,
} from './read-demo.ts';

interface Naturalized {
  readonly [keyword: string]: unknown;
}
const { data: dcmjs } = createRequire(import.meta.url)('dcmjs') as unknown as {
  readonly data: {
    readonly DicomMessage: { readFile(buffer: ArrayBuffer): { readonly dict: object } };
    readonly DicomMetaDictionary: { naturalizeDataset(dict: object): Naturalized };
  };
};

const root = mkdtempSync(join(tmpdir(), 'chiasm-demo-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function directory(name: string): string {
  return join(root, name);
}

describe('a demo of 45 patients with image files', () => {
  const target = directory('files');
  let summary: DemoSummary;
  let fhir: FhirSet;
  let images: readonly Naturalized[];
  const unreadable: string[] = [];

  beforeAll(async () => {
    summary = await generateDemo({ directory: target, patients: 45, seed: 42, images: 'files' });
    fhir = readFhir(join(target, 'fhir'));
    images = filesBelow(join(target, 'dicom')).flatMap((path) => {
      const bytes = readFileSync(path);
      try {
        const buffer = bytes.buffer.slice(
          bytes.byteOffset,
          bytes.byteOffset + bytes.byteLength,
        ) as ArrayBuffer;
        const image = dcmjs.DicomMetaDictionary.naturalizeDataset(dcmjs.DicomMessage.readFile(buffer).dict);
        if (image['SOPInstanceUID'] !== undefined) return [image];
      } catch {
        // counted below
      }
      unreadable.push(path);
      return [];
    });
  });

  it('is byte-identical when generated again, and differs by seed', async () => {
    const before = hashFolder(target);
    await generateDemo({ directory: target, patients: 45, seed: 42, images: 'files' });
    expect(hashFolder(target)).toBe(before);
    await generateDemo({ directory: directory('other'), patients: 45, seed: 43, images: 'none' });
    expect(hashFolder(join(directory('other'), 'fhir'))).not.toBe(hashFolder(join(target, 'fhir')));
  });

  it('counts what it wrote', () => {
    const lines: Record<string, number> = {};
    const distinct = new Set<string>();
    for (const resource of fhir.resources) {
      const type = String(resource['resourceType']);
      lines[type] = (lines[type] ?? 0) + 1;
      distinct.add(`${type}/${resource['id']}`);
    }
    expect(lines).toEqual(summary.lines);
    expect(distinct.size).toBe(Object.values(summary.resources).reduce((sum, count) => sum + count, 0));
    expect(fhir.resources.length - distinct.size).toBe(summary.mess.earlierVersions);
    expect(fhir.broken).toBe(summary.mess.brokenLines);
    expect(unreadable).toHaveLength(summary.mess.notDicomFiles);
    expect(images).toHaveLength(summary.dicom.instances + summary.mess.duplicateFiles);
    expect(filesBelow(join(target, 'dicom'))).toHaveLength(summary.dicom.files);
    expect(new Set(images.map((image) => image['SOPInstanceUID'])).size).toBe(summary.dicom.instances);
    expect(new Set(images.map((image) => image['StudyInstanceUID'])).size).toBe(summary.dicom.studies);
  });

  it('has every kind of deviation that real records have', () => {
    for (const [deviation, count] of Object.entries(summary.mess)) {
      if (deviation === 'studiesWithForeignAccession' || deviation === 'studiesWithUnknownAccession')
        continue;
      expect(count, deviation).toBeGreaterThan(0);
    }
  });

  it('refers to nothing outside the set', () => {
    const known = new Set(fhir.resources.map((one) => `${one['resourceType']}/${one['id']}`));
    const dangling = new Set<string>();
    for (const resource of fhir.resources) {
      walk(resource, (path, value) => {
        if (path.endsWith('reference') && !known.has(String(value))) dangling.add(String(value));
      });
    }
    expect([...dangling]).toEqual([]);
  });

  it('has no empty element, and no event after the last update of its resource', () => {
    for (const resource of fhir.resources) {
      walk(resource, (path, value) => {
        const empty =
          value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
        expect(empty, `${resource['resourceType']}.${path}`).toBe(false);
      });
      const happened = resource['effectiveDateTime'] ?? resource['started'] ?? resource['authoredOn'];
      if (happened !== undefined) expect(lastUpdated(resource)).toBeGreaterThan(Date.parse(String(happened)));
    }
  });

  it('gives a study the same UIDs in FHIR and DICOM', () => {
    const uids = new Map<string, Set<string>>();
    for (const image of images) {
      const study = String(image['StudyInstanceUID']);
      const instances = uids.get(study) ?? new Set();
      uids.set(study, instances.add(`${image['SeriesInstanceUID']}/${image['SOPInstanceUID']}`));
    }
    let compared = 0;
    for (const study of newest(fhir, 'ImagingStudy')) {
      const [identifier] = study['identifier'] as readonly Json[];
      const found = uids.get(String(identifier?.['value']).replace('urn:oid:', ''));
      if (found === undefined) continue;
      const listed = (study['series'] as readonly Json[]).flatMap((series) =>
        (series['instance'] as readonly Json[]).map((instance) => `${series['uid']}/${instance['uid']}`),
      );
      expect([...found].sort()).toEqual(listed.sort());
      compared += 1;
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('links images and records only by what they carry', () => {
    const mrns = new Set(
      newest(fhir, 'Patient').flatMap((one) =>
        (one['identifier'] as readonly Json[]).map((id) => id['value']),
      ),
    );
    const studies = new Map(images.map((image) => [image['StudyInstanceUID'], image]));
    const withIssuer = [...studies.values()].filter((image) => image['IssuerOfPatientID'] === 'CHIASM-DEMO');
    const strangers = withIssuer.filter((image) => !mrns.has(image['PatientID']));
    expect(strangers).toHaveLength(summary.dicom.links['unknown-patient']);
    expect(withIssuer).toHaveLength(
      summary.dicom.links.issuer + summary.dicom.links.conflict + summary.dicom.links['unknown-patient'],
    );
  });
});

describe('the question of the README', () => {
  it('has the answer that the records alone give', async () => {
    const target = directory('headers');
    const summary = await generateDemo({ directory: target, patients: 120, seed: 42, images: 'headers' });
    const headers = readFileSync(join(target, 'dicom', '1.dicom.ndjson'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    expect(headers).toHaveLength(summary.dicom.instances + summary.mess.duplicateFiles);
    expect(summary.question).toEqual(answerFromRecords(readFhir(join(target, 'fhir')), headers));
    const large = Object.values(summary.question).filter(({ patients }) => patients >= 3);
    expect(large.length).toBeGreaterThanOrEqual(3);
  });

  it('rewards treatment: immunotherapy outlives best supportive care in stages III and IV', () => {
    const alive = { treated: [0, 0], untreated: [0, 0] };
    for (let index = 0; index < 6000; index += 1) {
      const { journey, deathDay, lastContactDay } = planPatient(5, index);
      if (journey.kind !== 'cancer' || journey.cancer.kind.group !== 'nsclc') continue;
      const { cancer } = journey;
      if (!cancer.stage.group.startsWith('I') || !/^(III|IV)/.test(cancer.stage.group)) continue;
      const arm =
        cancer.firstClass === 'immunotherapy'
          ? alive.treated
          : cancer.firstClass === undefined
            ? alive.untreated
            : undefined;
      if (arm === undefined) continue;
      const survived = (deathDay ?? Number.POSITIVE_INFINITY) - cancer.diagnosisDay;
      if (survived > 365 && lastContactDay - cancer.diagnosisDay < 365) continue;
      arm[0] = (arm[0] ?? 0) + 1;
      if (survived > 365) arm[1] = (arm[1] ?? 0) + 1;
    }
    const share = ([patients = 0, survivors = 0]: readonly number[]): number => survivors / patients;
    expect(alive.untreated[0]).toBeGreaterThan(50);
    expect(share(alive.treated)).toBeGreaterThan(share(alive.untreated) + 0.2);
  });
});

describe('a demo of 2,000 patients', () => {
  it('is written by a process that may keep 48 MB, a third of what it writes', async () => {
    const target = directory('many');
    const program = `
      import { generateDemo } from ${JSON.stringify(pathToFileURL(join(packageRoot, 'dist/demo/generate.js')).href)};
      await generateDemo({ directory: ${JSON.stringify(target)}, patients: 2000, seed: 3, images: 'none' });
    `;
    // a program that holds on to what it has written runs out of heap and fails
    await promisify(execFile)(process.execPath, [
      '--max-old-space-size=48',
      '--input-type=module',
      '--eval',
      program,
    ]);
    const written = filesBelow(join(target, 'fhir')).reduce((sum, path) => sum + statSync(path).size, 0);
    expect(written).toBeGreaterThan(3 * 48 * 1024 * 1024);
  });

  it('starts with the patients of a smaller one', async () => {
    await generateDemo({ directory: directory('few'), patients: 10, seed: 3, images: 'none' });
    const few = readFileSync(join(directory('few'), 'fhir', 'Patient.ndjson'), 'utf8');
    const many = readFileSync(join(directory('many'), 'fhir', 'Patient.ndjson'), 'utf8');
    expect(many.startsWith(few)).toBe(true);
  });
});

it('leaves a folder alone that it did not write', async () => {
  mkdirSync(join(directory('mine'), 'dicom'), { recursive: true });
  await expect(
    generateDemo({ directory: directory('mine'), patients: 1, seed: 1, images: 'none' }),
  ).rejects.toMatchObject({ code: 'demo-folder-in-use' });
});

it('starts over after an interruption', async () => {
  const options = { directory: directory('interrupted'), patients: 3, seed: 1, images: 'none' } as const;
  const interrupt = (): never => {
    throw new Error('interrupted');
  };
  await expect(generateDemo({ ...options, onProgress: interrupt })).rejects.toThrow('interrupted');
  expect((await generateDemo(options)).resources['Patient']).toBeGreaterThanOrEqual(3);
});
