import { createRequire } from 'node:module';

/** A data set by keyword; sequences are arrays of data sets, pixel data an ArrayBuffer. */
export interface DataSet {
  readonly [keyword: string]: DicomValue | undefined;
}
export type DicomValue = string | number | ArrayBuffer | DataSet | readonly DicomValue[];

interface Element {
  readonly vr: string;
  readonly Value?: readonly unknown[];
}
type TaggedDataSet = Readonly<Record<string, Element>>;

interface Dcmjs {
  readonly data: {
    readonly DicomDict: new (meta: TaggedDataSet) => { dict: TaggedDataSet; write(): ArrayBuffer };
    readonly DicomMetaDictionary: { denaturalizeDataset(dataSet: object): TaggedDataSet };
  };
}

// dcmjs ships no types
const { data: dcmjs } = createRequire(import.meta.url)('dcmjs') as unknown as Dcmjs;

const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Fixed under 2.25: this generator as an implementation (PS3.7 D.3.3.2). */
const IMPLEMENTATION_CLASS = '2.25.192837465564738291018273645546372819';

/** The bytes of a Part 10 file in Explicit VR Little Endian. */
export function encodeFile(dataSet: DataSet): Buffer {
  const meta = dcmjs.DicomMetaDictionary.denaturalizeDataset({
    _vrMap: {},
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataSet['SOPClassUID'],
    MediaStorageSOPInstanceUID: dataSet['SOPInstanceUID'],
    TransferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
    ImplementationClassUID: IMPLEMENTATION_CLASS,
    ImplementationVersionName: 'CHIASM-DEMO',
  });
  const file = new dcmjs.DicomDict(meta);
  file.dict = denaturalize(dataSet);
  return Buffer.from(file.write());
}

/** The header as one line of the DICOM JSON Model (PS3.18 F.2); binary elements are left out. */
export function encodeHeader(dataSet: DataSet): string {
  return JSON.stringify(toJsonModel(denaturalize(dataSet)));
}

function denaturalize(dataSet: DataSet): TaggedDataSet {
  return dcmjs.DicomMetaDictionary.denaturalizeDataset({ ...dataSet, _vrMap: { PixelData: 'OW' } });
}

const NUMBERS = new Set(['DS', 'IS', 'US', 'UL', 'SS', 'SL', 'FL', 'FD']);
const BINARY = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'UN']);

function toJsonModel(dataSet: TaggedDataSet): Record<string, unknown> {
  const model: Record<string, unknown> = {};
  for (const tag of Object.keys(dataSet).sort()) {
    const element = dataSet[tag];
    if (element === undefined || BINARY.has(element.vr)) continue;
    const values = (element.Value ?? []).map((value) => toJsonValue(element.vr, value));
    model[tag] =
      values.length === 0 || values.every((value) => value === '')
        ? { vr: element.vr }
        : { vr: element.vr, Value: values };
  }
  return model;
}

function toJsonValue(vr: string, value: unknown): unknown {
  if (vr === 'SQ') return toJsonModel(value as TaggedDataSet);
  if (vr === 'PN') return value === '' ? '' : { Alphabetic: value };
  return NUMBERS.has(vr) && value !== '' ? Number(value) : value;
}
