import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDicomHeader } from '../../etl/source/dicom-header.ts';
import type { DicomJsonDataset } from '../../etl/source/dicom-json-model.ts';
import { encodeDicomRecord } from '../../etl/source/dicom-record.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { viewOf } from './column.ts';
import { createViewRunner, type Row, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

/** The record of a file as landing writes it. */
function recordOf(...path: readonly string[]): string {
  const header = readDicomHeader(sharedData('dicom', ...path));
  if (header.kind !== 'header') throw new Error(`${path.join('/')} is no DICOM file`);
  const record = encodeDicomRecord(header.dataset, { uri: path.join('/'), size: 1, ...header });
  if (record === undefined) throw new Error(`${path.join('/')} gives no record`);
  return record.line;
}

async function run(view: unknown, line: string): Promise<readonly Row[]> {
  const { files, relation } = await runner.run(view, [line]);
  expect(relation).toEqual(files);
  return files;
}

type Item = DicomJsonDataset;

/** The content items of a structured report in pre-order, as dcmjs reads them. */
function contentItems(
  ...path: readonly string[]
): readonly (readonly [string, string | null, number | null])[] {
  const dcmjs = createRequire(import.meta.url)('dcmjs') as {
    readonly data: {
      readonly DicomMessage: {
        readonly readFile: (bytes: ArrayBuffer, options: object) => { readonly dict: Item };
      };
    };
  };
  const bytes = new Uint8Array(readFileSync(sharedData('dicom', ...path))).buffer;
  const { dict } = dcmjs.data.DicomMessage.readFile(bytes, { ignoreErrors: true });
  const items = (parent: Item, tag: string): readonly Item[] => (parent[tag]?.Value ?? []) as readonly Item[];
  const walk = (parent: Item): ReturnType<typeof contentItems> =>
    items(parent, '0040A730').flatMap((item) => {
      const name = items(item, '0040A043')[0]?.['00080104']?.Value?.[0];
      const number = items(item, '0040A300')[0]?.['0040A30A']?.Value?.[0];
      const row = [
        String(item['0040A040']?.Value?.[0]),
        name === undefined ? null : String(name),
        number === undefined || number === null ? null : Number(number),
      ] as const;
      return [row, ...walk(item)];
    });
  return walk(dict);
}

describeWithSharedData('views over real headers', () => {
  test.each(['CT-RDSR-Siemens_Flash-TAP-SS.dcm', 'MG-RDSR-Giotto-DBT.dcm', 'RF-RDSR-GE.dcm'])(
    'every content item of the structured report %s has a row',
    async (file) => {
      const rows = await run(
        {
          resource: 'DicomInstance',
          select: [
            {
              repeat: ['ContentSequence'],
              column: [
                { name: 'n', path: '%rowIndex' },
                { name: 'type', path: 'ValueType' },
                { name: 'name', path: 'ConceptNameCodeSequence.first().CodeMeaning' },
                {
                  name: 'number',
                  path: 'MeasuredValueSequence.NumericValue.first()',
                  tag: [{ name: 'ansi/type', value: 'DOUBLE' }],
                },
              ],
            },
          ],
        },
        recordOf('openrem', file),
      );
      const items = contentItems('openrem', file);
      expect(items.length).toBeGreaterThan(10);
      expect(rows.map(({ type, name, number }) => [type, name, number])).toEqual(items);
      expect(rows.map(({ n }) => n)).toEqual(items.map((_, index) => index));
    },
  );

  test('multiplicity by the dictionary, private elements by creator', async () => {
    const columns = {
      kind: { path: 'ImageType', collection: true },
      spacing: 'PixelSpacing[1]',
      z: 'ImagePositionPatient.skip(2).first()',
      rows: 'Rows',
      station: "_private.where(creator = 'GEMS_IDEN_01' and element = '04').value.first()",
      other: "_private.where(creator = 'GEMS_PATI_01' and element = '04').value.first()",
      name: 'PatientName',
    };
    expect(
      await run(viewOf('DicomInstance', columns), recordOf('pydicom', 'test_files', 'CT_small.dcm')),
    ).toEqual([
      {
        kind: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
        spacing: '0.661468',
        z: '-75.699997',
        rows: '128',
        station: 'HiSpeed CT/i',
        other: null,
        name: 'CompressedSamples^CT1',
      },
    ]);
  });

  test('the groups of a person name', async () => {
    const columns = {
      alphabetic: "PatientName.split('=')[0]",
      ideographic: "PatientName.split('=')[1]",
      family: "PatientName.split('=')[0].split('^')[0]",
    };
    expect(
      await run(viewOf('DicomInstance', columns), recordOf('pydicom', 'charset_files', 'chrH31.dcm')),
    ).toEqual([{ alphabetic: 'Yamada^Tarou', ideographic: '山田^太郎', family: 'Yamada' }]);
  });
});
