import { type DicomCharset, decodeText } from './dicom-charset.ts';

const LOCAL_TEXT_VRS = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);
const UNDIVIDED_VRS = new Set(['LT', 'ST', 'UR', 'UT']);

/**
 * The values of one element, none of it bulk: text divided at `\` and otherwise as written (trimming is the
 * encoder's), numbers as numbers, 64-bit integers and AT as text. Bytes that do not fill a number are dropped.
 */
export function decodeValue(
  bytes: Buffer,
  vr: string,
  isLittleEndian: boolean,
  charset: DicomCharset,
): readonly (string | number)[] {
  const le = isLittleEndian;
  switch (vr) {
    case 'US':
      return decodeEach(bytes, 2, (at) => (le ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)));
    case 'SS':
      return decodeEach(bytes, 2, (at) => (le ? bytes.readInt16LE(at) : bytes.readInt16BE(at)));
    case 'UL':
      return decodeEach(bytes, 4, (at) => (le ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)));
    case 'SL':
      return decodeEach(bytes, 4, (at) => (le ? bytes.readInt32LE(at) : bytes.readInt32BE(at)));
    case 'FL':
      return decodeEach(bytes, 4, (at) => (le ? bytes.readFloatLE(at) : bytes.readFloatBE(at)));
    case 'FD':
      return decodeEach(bytes, 8, (at) => (le ? bytes.readDoubleLE(at) : bytes.readDoubleBE(at)));
    case 'UV':
      return decodeEach(bytes, 8, (at) => String(le ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)));
    case 'SV':
      return decodeEach(bytes, 8, (at) => String(le ? bytes.readBigInt64LE(at) : bytes.readBigInt64BE(at)));
    case 'AT':
      return decodeEach(bytes, 4, (at) => {
        const group = le ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
        const element = le ? bytes.readUInt16LE(at + 2) : bytes.readUInt16BE(at + 2);
        return ((group * 0x10000 + element) >>> 0).toString(16).toUpperCase().padStart(8, '0');
      });
    default: {
      const text = LOCAL_TEXT_VRS.has(vr)
        ? decodeText(bytes, charset, vr === 'PN')
        : bytes.toString('latin1', 0, bytes.length);
      return UNDIVIDED_VRS.has(vr) ? [text] : text.split('\\');
    }
  }
}

function decodeEach<T>(bytes: Buffer, width: number, decode: (offset: number) => T): T[] {
  const values: T[] = [];
  for (let offset = 0; offset + width <= bytes.length; offset += width) values.push(decode(offset));
  return values;
}
