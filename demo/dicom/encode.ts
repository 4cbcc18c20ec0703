import { createRequire } from 'node:module';

/** A data set by keyword; sequences are arrays of data sets, pixels are made only when a file is written. */
export interface DataSet {
  readonly [keyword: string]: DicomValue | undefined;
}
export type DicomValue = string | number | PixelSource | DataSet | readonly DicomValue[];
export type PixelSource = () => ArrayBuffer;

type TaggedDataSet = Readonly<Record<string, { readonly vr: string; readonly Value?: readonly unknown[] }>>;

interface Dcmjs {
  readonly data: {
    readonly DicomDict: new (meta: TaggedDataSet) => { dict: TaggedDataSet; write(): ArrayBuffer };
    readonly DicomMetaDictionary: {
      readonly nameMap: Readonly<Record<string, { readonly tag: string; readonly vr: string } | undefined>>;
      denaturalizeDataset(dataSet: object): TaggedDataSet;
    };
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
  file.dict = dcmjs.DicomMetaDictionary.denaturalizeDataset({
    ...dataSet,
    _vrMap: { PixelData: 'OW' },
    PixelData: pixels(dataSet['PixelData']),
  });
  return Buffer.from(file.write());
}

function pixels(source: DicomValue | undefined): ArrayBuffer {
  if (typeof source !== 'function') throw new Error('an image without pixels');
  return source();
}

/** The header as one line of the DICOM JSON Model (PS3.18 F.2); binary elements are left out. */
export function encodeHeader(dataSet: DataSet): string {
  return JSON.stringify(toJsonModel(dataSet));
}

const NUMBERS = new Set(['DS', 'IS', 'US', 'UL', 'SS', 'SL', 'FL', 'FD']);

interface JsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
}

function toJsonModel(dataSet: DataSet): Record<string, JsonElement> {
  const elements: [string, JsonElement][] = [];
  for (const [keyword, value] of Object.entries(dataSet)) {
    if (value === undefined || typeof value === 'function') continue;
    const { tag, vr } = lookUp(keyword);
    const values = (Array.isArray(value) ? value : [value]).map((one) => toJsonValue(vr, one));
    const isEmpty = values.length === 0 || (values.length === 1 && values[0] === null);
    elements.push([tag, isEmpty ? { vr } : { vr, Value: values }]);
  }
  return Object.fromEntries(elements.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const looked = new Map<string, { readonly tag: string; readonly vr: string }>();

/** Tag (eight hexadecimal digits) and VR of a keyword. */
function lookUp(keyword: string): { readonly tag: string; readonly vr: string } {
  let found = looked.get(keyword);
  if (found === undefined) {
    const entry = dcmjs.DicomMetaDictionary.nameMap[keyword];
    if (entry === undefined) throw new Error(`no DICOM keyword ${keyword}`);
    found = { tag: entry.tag.replace(/[(),]/g, ''), vr: entry.vr };
    looked.set(keyword, found);
  }
  return found;
}

/** An empty value among others is null (F.2.5). */
function toJsonValue(vr: string, value: DicomValue): unknown {
  if (value === '') return null;
  if (vr === 'SQ') return toJsonModel(value as DataSet);
  if (vr === 'PN') return { Alphabetic: value };
  return NUMBERS.has(vr) ? Number(value) : value;
}
