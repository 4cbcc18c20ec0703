import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ByteSource } from '../../etl/source/dicom-bytes.ts';
import { FRAME_BUDGET, readDicomHeader, readDicomSource } from '../../etl/source/dicom-header.ts';
import type { DicomJsonDataset } from '../../etl/source/dicom-json-model.ts';
import { encodeDicomRecord } from '../../etl/source/dicom-record.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

const UNDEFINED = 0xffffffff;
const LONG_VRS = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

/** One explicit little endian element; `length` differs from the value's where a test wants it so. */
function element(tag: number, vr: string, value: Buffer | string, length?: number): Buffer {
  const bytes =
    typeof value === 'string' ? Buffer.from(value.length % 2 === 0 ? value : `${value} `, 'latin1') : value;
  const head = Buffer.alloc(LONG_VRS.has(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (LONG_VRS.has(vr)) head.writeUInt32LE(length ?? bytes.length, 8);
  else head.writeUInt16LE(length ?? bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function item(content: Buffer, isDelimited = false): Buffer {
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(isDelimited ? UNDEFINED : content.length, 4);
  return isDelimited
    ? Buffer.concat([head, content, Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0])])
    : Buffer.concat([head, content]);
}

const SEQUENCE_END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
const UID = element(0x00080018, 'UI', '1.2.3');

function part10(dataset: Buffer, transferSyntax = '1.2.840.10008.1.2.1'): Buffer {
  const syntax = element(
    0x00020010,
    'UI',
    transferSyntax.padEnd(transferSyntax.length + (transferSyntax.length % 2), '\0'),
  );
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), syntax, dataset]);
}

function sourceOf(bytes: Buffer): ByteSource {
  return {
    read: (position) => bytes.subarray(Math.min(position, bytes.length)),
    reaches: (position) => position <= bytes.length,
  };
}

function datasetOf(bytes: Buffer): DicomJsonDataset {
  const reading = readDicomSource(sourceOf(bytes));
  if (reading.kind !== 'header') throw new Error(reading.code);
  return reading.dataset;
}

function codeOf(bytes: Buffer): string {
  const reading = readDicomSource(sourceOf(bytes));
  return reading.kind === 'header' ? 'header' : reading.code;
}

function encode(bytes: Buffer): Record<string, unknown> | undefined {
  const reading = readDicomSource(sourceOf(bytes));
  if (reading.kind !== 'header') return undefined;
  const record = encodeDicomRecord(reading.dataset, { uri: 'x', size: bytes.length, ...reading });
  return record === undefined ? undefined : (JSON.parse(record.line) as Record<string, unknown>);
}

describe('the bytes of a header', () => {
  test('what is no DICOM is said to be none', () => {
    for (const text of ['', 'x', 'Patient,Study\n1,2\n', '{"resourceType":"Patient"}', '\0'.repeat(300)]) {
      expect(codeOf(Buffer.from(text))).toBe('not-dicom');
    }
  });

  test('a header cut inside an element is truncated, cut pixel data is not', () => {
    const name = element(0x00100010, 'PN', 'Doe^Jane');
    expect(codeOf(part10(Buffer.concat([UID, name.subarray(0, name.length - 2)])))).toBe('dicom-truncated');
    expect(codeOf(part10(Buffer.concat([UID, name.subarray(0, 5)])))).toBe('dicom-truncated');
    const pixels = element(0x7fe00010, 'OW', Buffer.alloc(4), 524_288);
    const reading = readDicomSource(sourceOf(part10(Buffer.concat([UID, name, pixels]))));
    expect(reading).toMatchObject({ kind: 'header', hasPixelData: true, isTruncated: false });
  });

  test('a sequence without its end is truncated', () => {
    const open = element(0x00081115, 'SQ', item(UID, true), UNDEFINED);
    expect(codeOf(part10(Buffer.concat([UID, open])))).toBe('dicom-truncated');
    expect(codeOf(part10(Buffer.concat([UID, open, SEQUENCE_END])))).toBe('header');
  });

  test('letters decide when the transfer syntax says otherwise', () => {
    const dataset = Buffer.concat([UID, element(0x00100020, 'LO', 'P1')]);
    expect(datasetOf(part10(dataset, '1.2.840.10008.1.2'))).toMatchObject({ '00100020': { Value: ['P1'] } });
  });

  test('a deflated data set is inflated as far as needed', () => {
    const dataset = Buffer.concat([
      UID,
      element(0x00100020, 'LO', 'P1'),
      element(0x7fe00010, 'OW', Buffer.alloc(1_000_000)),
    ]);
    const file = part10(deflateRawSync(dataset), '1.2.840.10008.1.2.1.99');
    expect(datasetOf(file)).toMatchObject({ '00100020': { Value: ['P1'] } });
    expect(codeOf(part10(Buffer.from('not deflated at all'), '1.2.840.10008.1.2.1.99'))).toBe(
      'dicom-unreadable',
    );
  });

  test('UN holds implicit little endian, also of known sequences', () => {
    const inner = Buffer.from([0x08, 0x00, 0x55, 0x11, 4, 0, 0, 0, 0x31, 0x2e, 0x32, 0x00]);
    const dataset = Buffer.concat([
      UID,
      element(0x00081115, 'UN', item(inner)),
      element(0x00100020, 'LO', 'P1'),
    ]);
    expect(datasetOf(part10(dataset))).toMatchObject({
      '00081115': { vr: 'SQ', Value: [{ '00081155': { Value: ['1.2\0'] } }] },
      '00100020': { Value: ['P1'] },
    });
  });

  test('nesting beyond any depth neither overflows nor loses what follows', () => {
    let nested = element(0x00100020, 'LO', 'deep');
    for (let depth = 0; depth < 2000; depth += 1) {
      nested = Buffer.concat([element(0x0040a730, 'SQ', item(nested, true), UNDEFINED), SEQUENCE_END]);
    }
    const reading = readDicomSource(
      sourceOf(part10(Buffer.concat([UID, nested, element(0x7fe00010, 'OW', Buffer.alloc(2))]))),
    );
    expect(reading).toMatchObject({ kind: 'header', hasPixelData: true, isTruncated: true });
  });

  test('an item whose elements run over its end costs its sequence, not the header', () => {
    const bad = item(element(0x00080100, 'SH', 'AB', 200));
    const dataset = Buffer.concat([UID, element(0x00081032, 'SQ', bad), element(0x00100020, 'LO', 'P1')]);
    expect(encode(part10(dataset))).toMatchObject({
      SOPInstanceUID: '1.2.3',
      PatientID: 'P1',
      _truncated: true,
    });
  });

  test('more frames than the budget are not read', () => {
    const frame = item(element(0x00209113, 'SQ', item(element(0x00200032, 'DS', '1\\2\\3 '))));
    const frames = Buffer.concat(Array.from({ length: FRAME_BUDGET + 1 }, () => frame));
    const build = (count: number) =>
      Buffer.concat([
        UID,
        element(0x00280008, 'IS', String(count)),
        element(0x00280010, 'US', Buffer.from([1, 0])),
        element(0x00280100, 'US', Buffer.from([8, 0])),
        element(0x52009230, 'SQ', frames.subarray(0, count * frame.length), UNDEFINED),
        SEQUENCE_END,
        element(0x7fe00010, 'OB', Buffer.alloc(2)),
      ]);
    expect(encode(part10(build(2)))).toMatchObject({ _frames: { count: 2, firstPosition: '1\\2\\3' } });
    expect(encode(part10(build(2)))).not.toHaveProperty('_truncated');
    expect(encode(part10(build(FRAME_BUDGET + 1)))).toMatchObject({
      _frames: { count: FRAME_BUDGET + 1 },
      _truncated: true,
      NumberOfFrames: FRAME_BUDGET + 1,
      _file: { hasPixelData: true },
    });
  });

  test('large private and bulk elements are stepped over, not read', () => {
    const directory = mkdtempSync(join(tmpdir(), 'chiasm-dicom-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const bulk = element(0x00091001, 'OB', Buffer.alloc(3_000_000));
    const path = join(directory, 'bulk.dcm');
    writeFileSync(path, part10(Buffer.concat([UID, bulk, element(0x00100020, 'LO', 'behind')])));
    expect(readDicomHeader(path)).toMatchObject({
      dataset: { '00091001': { omitted: 'bulk', byteLength: 3_000_000 }, '00100020': { Value: ['behind'] } },
    });
  });
});

describeWithSharedData('public DICOM files', () => {
  const root = sharedData('dicom');
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

  function codes(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const file of files) {
      const reading = readDicomHeader(file);
      const code = reading.kind === 'header' ? 'header' : reading.code;
      found.set(code, [...(found.get(code) ?? []), relative(root, file)]);
    }
    return found;
  }

  test('each is a header or rejected for its reason', () => {
    const found = codes();
    expect(Object.fromEntries([...found].map(([code, names]) => [code, names.length]))).toEqual({
      header: 280,
      'dicom-directory': 8,
      'dicom-no-sop-instance-uid': 9,
      'dicom-truncated': 1,
      'not-dicom': 11,
    });
    // Readable without SOPInstanceUID: 17, of which 8 are directories.
    expect(found.get('dicom-truncated')).toEqual(['pydicom/test_files/rtplan_truncated.dcm']);
    // Ten are no DICOM; no_meta.dcm begins with a stray byte, so that no element stands where one could.
    expect(found.get('not-dicom')?.filter((name) => name.endsWith('.dcm'))).toEqual([
      'pydicom/test_files/no_meta.dcm',
    ]);
  });

  test.each([
    ['chrArab', 'قباني^لنزار'],
    ['chrFren', 'Buc^Jérôme'],
    ['chrGerm', 'Äneas^Rüdiger'],
    ['chrGreek', 'Διονυσιος'],
    ['chrH31', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['chrH32', 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう'],
    ['chrHbrw', 'שרון^דבורה'],
    ['chrI2', 'Hong^Gildong=洪^吉洞=홍^길동'],
    ['chrRuss', 'Люкceмбypг'],
    ['chrX1', 'Wang^XiaoDong=王^小東='],
    ['chrX2', 'Wang^XiaoDong=王^小东='],
    ['chrKoreanMulti', '김희중'],
  ])('the name of %s is read in its character set', (name, expected) => {
    const record = encode(readFileSync(join(root, 'pydicom/charset_files', `${name}.dcm`)));
    expect(record?.['PatientName']).toBe(expected);
  });

  test('an item may have its own character set, or its parent’s', () => {
    for (const name of ['chrSQEncoding.dcm', 'chrSQEncoding1.dcm']) {
      const bytes = readFileSync(join(root, 'pydicom/charset_files', name));
      // Both lack a SOPInstanceUID: give them one where the data set begins.
      const start = bytes.indexOf(Buffer.from([0x08, 0x00, 0x05, 0x00, 0x43, 0x53]));
      const whole = part10(Buffer.concat([bytes.subarray(start), UID]));
      const items = encode(whole)?.['RequestedProcedureCodeSequence'];
      expect(items).toMatchObject([{ PatientName: 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう' }]);
    }
  });

  test('encodings of one image give one header', () => {
    const read = (name: string) => encode(readFileSync(join(root, 'pydicom/test_files', name)));
    const explicit = read('MR_small.dcm');
    for (const name of [
      'MR_small_implicit.dcm',
      'MR_small_bigendian.dcm',
      'MR_small_expb.dcm',
      'MR_small_padded.dcm',
    ]) {
      const other = read(name);
      for (const [keyword, value] of Object.entries(explicit ?? {})) {
        if (/^_|^(SOPInstanceUID|DataSetTrailingPadding)$/.test(keyword)) continue;
        expect(other?.[keyword], `${name} ${keyword}`).toEqual(value);
      }
    }
  });

  const mutable = [
    'CT_small.dcm',
    'MR_small_implicit.dcm',
    'ExplVR_BigEndNoMeta.dcm',
    'image_dfl.dcm',
    'reportsi.dcm',
    'rtplan.dcm',
    'liver_1frame.dcm',
  ].map((name) => readFileSync(join(root, 'pydicom/test_files', name)));

  test('a prefix never throws, and what it yields is what the whole yields so far', () => {
    fc.assert(
      fc.property(fc.constantFrom(...mutable), fc.double({ min: 0, max: 1, noNaN: true }), (bytes, share) => {
        const whole = datasetOf(bytes);
        const reading = readDicomSource(sourceOf(bytes.subarray(0, Math.floor(bytes.length * share))));
        if (reading.kind === 'header') expect(whole).toMatchObject(reading.dataset);
      }),
      { numRuns: 300 },
    );
  });

  test('a mutation never throws and never yields a record without SOPInstanceUID', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x20, 0x5c, 0x7f, 0x80, 0xfe, 0xff, 0x41, 0x53));
    fc.assert(
      fc.property(
        fc.constantFrom(...mutable),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (bytes, changes) => {
          const mutated = Buffer.from(bytes);
          for (const [at, byte] of changes) mutated[at % Math.min(bytes.length, 6000)] = byte;
          const record = encode(mutated);
          if (record !== undefined) expect(record['SOPInstanceUID']).toMatch(/./);
        },
      ),
      { numRuns: 500 },
    );
  });
});
