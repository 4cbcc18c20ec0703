import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView } from '../../etl/view/plan.ts';
import { viewOf } from './column.ts';
import { createViewRunner, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

const code = (value: string, meaning: string) => ({
  CodeValue: value,
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: meaning,
});

const instance = {
  resourceType: 'DicomInstance',
  id: '0123456789abcdef0123456789abcdef',
  _file: {
    uri: 'a/b.dcm',
    size: 5_000_000_000,
    transferSyntax: '1.2.840.10008.1.2.1',
    headerHash: 'h',
    hasPixelData: true,
  },
  _encoder: '1',
  _vm: ['StudyID'],
  _truncated: false,
  _private: [
    { creator: 'SIEMENS CSA HEADER', group: '0029', element: '08', vr: 'CS', value: ['IMAGE NUM 4'] },
    { creator: 'SIEMENS CSA HEADER', group: '0029', element: '09', vr: 'LO', value: ['20100114'] },
  ],
  _frames: {
    count: 3,
    segments: [
      { segmentNumber: 1, frames: 2 },
      { segmentNumber: 2, frames: 1 },
    ],
    sliceThickness: ['2.50'],
    pixelSpacing: [],
    imageOrientation: [],
  },
  SOPInstanceUID: '1.2.3',
  PatientName: 'Doe^Jane',
  StudyDate: '20200131',
  Rows: 512,
  SliceThickness: '2.50',
  ImageType: ['ORIGINAL', 'PRIMARY'],
  PixelSpacing: ['0.5', '0.25'],
  RecommendedDisplayFrameRateInFloat: 1.5,
  ViewCodeSequence: [code('399162004', 'cranio-caudal')],
  SegmentSequence: [
    { SegmentNumber: 1, SegmentedPropertyTypeCodeSequence: [code('10200004', 'Liver')] },
    {
      SegmentNumber: 2,
      SegmentedPropertyTypeCodeSequence: [code('64033007', 'Kidney')],
      _private: [{ creator: 'X', group: '0029', element: '01', vr: 'LO', value: ['inner'] }],
    },
  ],
  ContentSequence: [
    {
      ValueType: 'CONTAINER',
      ConceptNameCodeSequence: [code('1', 'Report')],
      ContentSequence: [
        {
          ValueType: 'NUM',
          ConceptNameCodeSequence: [code('2', 'Length')],
          MeasuredValueSequence: [{ NumericValue: ['10.5'] }],
        },
        { ValueType: 'TEXT', ConceptNameCodeSequence: [code('3', 'Note')], TextValue: 'n' },
      ],
    },
    {
      ValueType: 'CODE',
      ConceptNameCodeSequence: [code('4', 'Finding')],
      ConceptCodeSequence: [code('5', 'Mass')],
    },
  ],
};

test('attributes by keyword, typed by the dictionary', async () => {
  const view = viewOf('DicomInstance', {
    key: 'getResourceKey()',
    uid: 'SOPInstanceUID',
    name: 'PatientName',
    date: 'StudyDate',
    rows: 'Rows',
    thickness: 'SliceThickness',
    is_thin: 'SliceThickness <= 2.5',
    is_after: 'StudyDate > @2020-01-30',
    type: { path: 'ImageType', collection: true },
    kind: 'ImageType[1]',
    spacing: { path: 'PixelSpacing.first()', tag: [{ name: 'ansi/type', value: 'DOUBLE' }] },
    rate: 'RecommendedDisplayFrameRateInFloat',
    view: 'ViewCodeSequence.first().CodeMeaning',
    csa: "_private.where(creator='SIEMENS CSA HEADER' and element='08').value.first()",
    size: '_file.size',
    uri: '_file.uri',
    slices: '_frames.segments.where(segmentNumber = 2).frames.first()',
    frame_thickness: '_frames.sliceThickness.first()',
    has_pixels: '_file.hasPixelData',
    modality: 'Modality',
  });
  const { files, relation } = await runner.run(view, [instance]);
  expect(relation).toEqual(files);
  expect(files).toEqual([
    {
      key: `DicomInstance/${instance.id}`,
      uid: '1.2.3',
      name: 'Doe^Jane',
      date: '20200131',
      rows: '512',
      thickness: '2.50',
      is_thin: true,
      is_after: true,
      type: ['ORIGINAL', 'PRIMARY'],
      kind: 'PRIMARY',
      spacing: 0.5,
      rate: 1.5,
      view: 'cranio-caudal',
      csa: 'IMAGE NUM 4',
      size: '5000000000',
      uri: 'a/b.dcm',
      slices: '1',
      frame_thickness: '2.50',
      has_pixels: true,
      modality: null,
    },
  ]);
});

test('the plan tells the VR', () => {
  const plan = planView(
    parseViewDefinition(
      viewOf('DicomInstance', { a: 'StudyDate', b: 'PatientAge', c: 'SliceThickness', d: 'Rows' }),
    ),
  );
  expect(plan.columns.map(({ name, fhirType, sqlType }) => [name, fhirType, sqlType])).toEqual([
    ['a', 'DA', 'VARCHAR'],
    ['b', 'AS', 'VARCHAR'],
    ['c', 'DS', 'VARCHAR'],
    ['d', 'US', 'BIGINT'],
  ]);
});

test('sequences by forEach, at any depth', async () => {
  const { files } = await runner.run(
    {
      resource: 'DicomInstance',
      select: [
        { column: [{ name: 'uid', path: 'SOPInstanceUID' }] },
        {
          forEach: 'SegmentSequence',
          column: [
            { name: 'number', path: 'SegmentNumber' },
            { name: 'meaning', path: 'SegmentedPropertyTypeCodeSequence.first().CodeMeaning' },
            { name: 'private', path: "_private.where(creator = 'X').value.first()" },
          ],
        },
      ],
    },
    [instance],
  );
  expect(files).toEqual([
    { uid: '1.2.3', number: '1', meaning: 'Liver', private: null },
    { uid: '1.2.3', number: '2', meaning: 'Kidney', private: 'inner' },
  ]);
});

test('a structured report is walked to its leaves', async () => {
  const { files } = await runner.run(
    {
      resource: 'DicomInstance',
      select: [
        {
          repeat: ['ContentSequence'],
          column: [
            { name: 'n', path: '%rowIndex' },
            { name: 'type', path: 'ValueType' },
            { name: 'name', path: 'ConceptNameCodeSequence.CodeMeaning.first()' },
            { name: 'number', path: 'MeasuredValueSequence.NumericValue.first()' },
            { name: 'code', path: 'ConceptCodeSequence.first().CodeMeaning' },
          ],
        },
      ],
    },
    [instance],
  );
  expect(files).toEqual([
    { n: 0, type: 'CONTAINER', name: 'Report', number: null, code: null },
    { n: 1, type: 'NUM', name: 'Length', number: '10.5', code: null },
    { n: 2, type: 'TEXT', name: 'Note', number: null, code: null },
    { n: 3, type: 'CODE', name: 'Finding', number: null, code: 'Mass' },
  ]);
});
