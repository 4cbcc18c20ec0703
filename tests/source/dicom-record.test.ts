import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDicomHeader } from '../../etl/source/dicom-header.ts';
import type { DicomJsonDataset, DicomJsonElement } from '../../etl/source/dicom-json-model.ts';
import { type DicomRecord, encodeDicomRecord } from '../../etl/source/dicom-record.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

const FILE = { uri: 'a/b.dcm', size: 10, transferSyntax: '1.2.840.10008.1.2.1', hasPixelData: true };
const UID: DicomJsonDataset = { '00080018': { vr: 'UI', Value: ['1.2.3'] } };

function encode(dataset: DicomJsonDataset): Record<string, unknown> {
  return JSON.parse(lineOf(encodeDicomRecord({ ...UID, ...dataset }, FILE))) as Record<string, unknown>;
}

function lineOf(record: DicomRecord | undefined): string {
  if (record === undefined) throw new Error('no record');
  return record.line;
}

function of(vr: string, ...Value: readonly unknown[]): DicomJsonElement {
  return { vr, Value };
}

describe('the DICOM record', () => {
  test('says what it is, where it is from, and nothing twice', () => {
    const record = encode({ '00100020': of('LO', 'P1') });
    expect(record).toEqual({
      resourceType: 'DicomInstance',
      id: createHash('sha256').update('a/b.dcm').digest('hex').slice(0, 32),
      SOPInstanceUID: '1.2.3',
      PatientID: 'P1',
      _file: {
        ...FILE,
        headerHash: createHash('sha256').update('{"SOPInstanceUID":"1.2.3","PatientID":"P1"}').digest('hex'),
      },
      _encoder: '1',
    });
    expect(encodeDicomRecord({ '00100020': of('LO', 'P1') }, FILE)).toBeUndefined();
    expect(encodeDicomRecord({ '00080018': of('UI', ' \0') }, FILE)).toBeUndefined();
  });

  test('keys stand in tag order, also where a sequence is encoded later than the values behind it', () => {
    const record = encode({
      '00280010': of('US', 5),
      '00081140': of('SQ', { '00081155': of('UI', '9') }),
      '00080060': of('CS', 'CT'),
    });
    expect(Object.keys(record).slice(2, 6)).toEqual([
      'SOPInstanceUID',
      'Modality',
      'ReferencedImageSequence',
      'Rows',
    ]);
  });

  test('shape follows the dictionary: VM 1 is a scalar, everything else an array', () => {
    expect(
      encode({ '00080008': of('CS', 'ORIGINAL'), '00281050': of('DS', '40'), '00180050': of('DS', '1.50') }),
    ).toMatchObject({
      ImageType: ['ORIGINAL'],
      WindowCenter: ['40'],
      SliceThickness: '1.50',
    });
  });

  test('a second value where one is allowed is noted with its path', () => {
    const record = encode({
      '00200013': of('IS', '1', '2'),
      '00081140': of('SQ', { '00081155': of('UI', '1', '2') }, { '00081155': of('UI', '3', '4') }),
    });
    expect(record).toMatchObject({
      InstanceNumber: 1,
      ReferencedImageSequence: [{ ReferencedSOPInstanceUID: '1' }, { ReferencedSOPInstanceUID: '3' }],
      _vm: ['InstanceNumber', 'ReferencedImageSequence.ReferencedSOPInstanceUID'],
    });
  });

  test.each([
    ['00200013', of('IS', ' 12 '), 12, undefined],
    ['00200013', of('IS', '+007'), 7, undefined],
    ['00200013', of('IS', '12.0'), 12, undefined],
    ['00200013', of('IS', 12), 12, undefined],
    ['00200013', of('IS', '12.5'), undefined, ['InstanceNumber']],
    ['00200013', of('IS', '1A'), undefined, ['InstanceNumber']],
    ['00200013', of('IS', '9007199254740993'), undefined, ['InstanceNumber']],
    ['00200013', of('LO', '5'), 5, undefined],
    ['00200013', of('IS', ''), undefined, undefined],
    ['00200013', of('SQ', {}), undefined, ['InstanceNumber']],
    ['00180087', of('DS', '3.0'), '3.0', undefined],
    ['00180087', of('DS', 1.5), '1.5', undefined],
    ['00189087', of('FD', 0.1), 0.1, undefined],
    ['00189087', of('FD', Number.NaN), undefined, ['DiffusionBValue']],
    ['00280009', of('AT', '00181063'), ['00181063'], undefined],
    ['00100010', of('PN', 'Doe^Jane '), 'Doe^Jane', undefined],
    ['00100010', of('PN', { Alphabetic: 'A^B', Phonetic: 'C' }), 'A^B==C', undefined],
    ['00100010', of('PN', { Alphabetic: '' }), undefined, undefined],
    ['00080020', of('DA', '20240131'), '20240131', undefined],
    ['00104000', of('LT', ' indented\r\n '), ' indented\r\n', undefined],
    ['00080008', of('CS', 'ORIGINAL', '', 'AXIAL', ''), ['ORIGINAL', null, 'AXIAL'], undefined],
    ['00080008', of('CS', '', ''), undefined, undefined],
    ['00081140', of('SQ'), undefined, undefined],
    ['00081140', of('LO', 'no items'), undefined, ['ReferencedImageSequence']],
    ['00282000', of('OB', 'AAAA'), undefined, undefined],
    ['00104000', of('LT', 'a\ud800b'), 'a\ufffdb', undefined],
  ] as const)('%s %o', (tag, element, expected, violations) => {
    const { resourceType, id, SOPInstanceUID, _file, _encoder, _vm, ...rest } = encode({ [tag]: element });
    expect(Object.values(rest)).toEqual(expected === undefined ? [] : [expected]);
    expect(_vm).toEqual(violations);
  });

  test('private elements carry their creator, and binary ones their size', () => {
    const record = encode({
      '00190010': of('LO', 'SIEMENS MR HEADER'),
      '0019100C': of('IS', '1000'),
      '0019100D': { vr: 'OB', omitted: 'bulk', byteLength: 48 },
      '0021110A': of('LO', 'unowned'),
      '00291010': of('SQ', {}, {}),
    });
    expect(record['_private']).toEqual([
      { creator: 'SIEMENS MR HEADER', group: '0019', element: '0C', vr: 'IS', value: ['1000'] },
      { creator: 'SIEMENS MR HEADER', group: '0019', element: '0D', vr: 'OB', size: 48 },
      { group: '0021', element: '110A', vr: 'LO', value: ['unowned'] },
      { group: '0029', element: '1010', vr: 'SQ', size: 2 },
    ]);
  });

  test('elements the dictionary does not name are kept by tag', () => {
    const record = encode({
      '00080202': of('LO', '+0100'),
      '60000010': of('US', 5),
      '60020010': of('US', 7),
      '00020010': of('UI', '1.2'),
      '00080000': of('UL', 99),
    });
    expect(record['_unknown']).toEqual([
      { tag: '00080202', vr: 'LO', value: ['+0100'] },
      { tag: '60020010', vr: 'US', value: ['7'] },
    ]);
    expect(record).toMatchObject({ OverlayRows: 5 });
    expect(record).not.toHaveProperty('TransferSyntaxUID');
  });

  test('functional groups are summarised, the frames left out', () => {
    const frame = (segment: number, z: string) => ({
      '00209113': of('SQ', { '00200032': of('DS', '0', '0', z) }),
      '0062000A': of('SQ', { '0062000B': of('US', segment) }),
    });
    const record = encode({
      '00280008': of('IS', '3'),
      '52009229': of('SQ', {
        '00289110': of('SQ', { '00180050': of('DS', '2.5'), '00280030': of('DS', '1', '1.0') }),
      }),
      '52009230': of('SQ', frame(2, '10'), frame(1, '12.5'), frame(2, '15')),
    });
    expect(record['_frames']).toEqual({
      count: 3,
      segments: [
        { segmentNumber: 1, frames: 1 },
        { segmentNumber: 2, frames: 2 },
      ],
      sliceThickness: ['2.5'],
      pixelSpacing: ['1\\1.0'],
      firstPosition: '0\\0\\10',
      lastPosition: '0\\0\\15',
    });
    expect(record).toHaveProperty('SharedFunctionalGroupsSequence');
    expect(record).not.toHaveProperty('PerFrameFunctionalGroupsSequence');
    expect(record).not.toHaveProperty('_truncated');
  });

  test('a record is bounded, and its plain attributes outlive a huge sequence', () => {
    const item = { '0040A160': of('UT', 'x'.repeat(1000)) };
    const record = encode({
      '00081115': { vr: 'SQ', Value: Array.from({ length: 5000 }, () => item) },
      '00100020': of('LO', 'P1'),
      '0040A730': of('SQ', item),
    });
    expect(JSON.stringify(record).length).toBeLessThan(1_200_000);
    expect(record).toMatchObject({ PatientID: 'P1', _truncated: true });
    expect((record['ReferencedSeriesSequence'] as unknown[]).length).toBeGreaterThan(500);
  });

  test('an object of anything at all is encoded or not, without an error', () => {
    const strange: DicomJsonDataset[] = [
      {
        '00081140': {
          vr: 'SQ',
          Value: [null, 5, 'x', [], { '00081155': null as unknown as DicomJsonElement }],
        },
      },
      { '00100010': { Value: 'text' as unknown as readonly unknown[] } },
      { __proto__: of('LO', 'x'), constructor: of('LO', 'x'), nonsense: of('LO', 'x') } as DicomJsonDataset,
    ];
    for (const dataset of strange) expect(encode(dataset)).toMatchObject({ SOPInstanceUID: '1.2.3' });
  });

  test('facts are read from the record', () => {
    const record = encodeDicomRecord(
      {
        ...UID,
        '0020000D': of('UI', '1.2'),
        '00100020': of('LO', ' P1 '),
        '00100021': of('LO', 'HOSP'),
        '00080050': of('SH', 'A1'),
        '00080051': of('SQ', { '00400031': of('UT', 'RIS') }),
        '00101002': of('SQ', { '00100020': of('LO', 'X'), '00100021': of('LO', 'OLD') }),
        '00101000': of('LO', 'Y', 'Z'),
      },
      FILE,
    );
    expect(record?.facts).toEqual({
      sopInstanceUid: '1.2.3',
      studyInstanceUid: '1.2',
      patientId: 'P1',
      issuerOfPatientId: 'HOSP',
      accessionNumber: 'A1',
      issuerOfAccession: 'RIS',
      otherPatientIds: [{ id: 'X', issuer: 'OLD' }, { id: 'Y' }, { id: 'Z' }],
    });
  });
});

/** A second implementation: what dcmjs reads from the same file, tag by tag, without bulk. */
function readWithDcmjs(path: string): DicomJsonDataset | undefined {
  const dcmjs = createRequire(import.meta.url)('dcmjs') as {
    readonly data: {
      readonly DicomMessage: {
        readonly readFile: (bytes: ArrayBuffer, options: object) => { readonly dict: DicomJsonDataset };
      };
    };
    readonly log: { readonly setLevel?: (level: string) => void };
  };
  dcmjs.log.setLevel?.('silent');
  const bytes = new Uint8Array(readFileSync(path)).buffer;
  try {
    return dcmjs.data.DicomMessage.readFile(bytes, { untilTag: '7FE00010', ignoreErrors: true }).dict;
  } catch {
    return undefined;
  }
}

describeWithSharedData('records of public files', () => {
  test('values agree with those dcmjs reads', () => {
    const root = sharedData('dicom');
    const keywords = [
      '00080016',
      '00080020',
      '00080060',
      '00080070',
      '00080090',
      '0008103E',
      '00100010',
      '00100020',
      '00100030',
      '00100040',
      '00180050',
      '0020000D',
      '0020000E',
      '00200011',
      '00200013',
      '00200032',
      '00280010',
      '00280030',
      '00280100',
      '00281050',
    ];
    let compared = 0;
    const differences: string[] = [];
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      // dcmjs knows one character set a file, and loses its way behind the broken sequence of bad_sequence.dcm.
      if (!entry.isFile() || /charset_files|bad_sequence/.test(path)) continue;
      const reading = readDicomHeader(path);
      if (reading.kind !== 'header') continue;
      const other = readWithDcmjs(path);
      if (other === undefined || Object.keys(other).length < 2) continue;
      const pick = (dataset: DicomJsonDataset) =>
        Object.fromEntries(
          keywords.flatMap((tag) => (dataset[tag] === undefined ? [] : [[tag, dataset[tag]]])),
        );
      const ours = encode(pick(reading.dataset));
      const theirs = encode(pick(other));
      for (const [keyword, value] of Object.entries(theirs)) {
        if (keyword === '_file') continue;
        compared += 1;
        const mine = ours[keyword];
        if (loosen(mine) !== loosen(value)) differences.push(`${relative(root, path)} ${keyword}`);
      }
    }
    expect(compared).toBeGreaterThan(4000);
    expect(differences).toEqual([]);
  });

  /** dcmjs turns DS into numbers, so that 1.50 is 1.5. */
  function loosen(value: unknown): string {
    const values = Array.isArray(value) ? value : [value];
    return JSON.stringify(
      values.map((one) =>
        typeof one === 'string' && one !== '' && !Number.isNaN(Number(one)) ? Number(one) : one,
      ),
    );
  }

  test('a DICOM JSON object and a file go the same road', () => {
    const json = JSON.parse(
      readFileSync(sharedData('dicom/pydicom/test_files/test1.json'), 'utf8'),
    ) as DicomJsonDataset;
    const record = JSON.parse(lineOf(encodeDicomRecord(json, FILE))) as Record<string, unknown>;
    expect(record).toMatchObject({
      StationName: 'L1BAY3_GE3T',
      SOPInstanceUID: '1.3.6.1.4.1.5962.99.1.1516012269.2092621929.1509049565933.2991.0',
      ContentDate: '20141210',
    });
    expect(record).not.toHaveProperty('ReferringPhysicianName');
  });

  test('a structured report keeps its tree', () => {
    const [name] = readdirSync(sharedData('dicom-json/hl7-dicom-sr'));
    const json = JSON.parse(
      readFileSync(sharedData('dicom-json/hl7-dicom-sr', name ?? ''), 'utf8'),
    ) as DicomJsonDataset;
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).reduce(
            (sum, [key, inner]) => sum + count(inner) + (/^(0040A160|TextValue)$/.test(key) ? 1 : 0),
            0,
          )
        : 0;
    const line = lineOf(encodeDicomRecord(json, FILE));
    const numeric = (text: string) => text.match(/"(?:MeasuredValueSequence|0040A300)"/g)?.length ?? 0;
    expect(numeric(line)).toBe(numeric(JSON.stringify(json)));
    expect(count(JSON.parse(line))).toBe(count(json));
  });
});
