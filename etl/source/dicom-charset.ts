import { TextDecoder } from 'node:util';

/**
 * Text of DICOM (PS3.5 6.1, PS3.3 C.12.1.1.2): one character set, or several with ISO 2022 escapes between
 * them. Broken bytes become U+FFFD; nothing throws.
 */
export interface DicomCharset {
  /** Encoding without any escape, a label of the WHATWG Encoding Standard, or `latin1`. */
  readonly initial: string;
  /** Escapes do not occur in UTF-8, GB18030 and GBK. */
  readonly hasEscapes: boolean;
}

export const DEFAULT_CHARSET: DicomCharset = { initial: 'latin1', hasEscapes: true };

const ENCODING_BY_TERM: Readonly<Record<string, string>> = {
  '6': 'latin1',
  '100': 'latin1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '144': 'iso-8859-5',
  '127': 'iso-8859-6',
  '126': 'iso-8859-7',
  '138': 'iso-8859-8',
  '148': 'windows-1254',
  '203': 'iso-8859-15',
  '166': 'windows-874',
  '13': 'shift_jis',
  '149': 'euc-kr',
  '58': 'gb18030',
  '87': 'latin1',
  '159': 'latin1',
};

/** Bytes after ESC: which half they set, and to what. `jis208`/`jis212` are two 7-bit bytes a character. */
const ESCAPES: readonly (readonly [sequence: string, half: 'g0' | 'g1', encoding: string])[] = [
  ['$(D', 'g0', 'jis212'],
  ['$)C', 'g1', 'euc-kr'],
  ['$)A', 'g1', 'gb18030'],
  ['$B', 'g0', 'jis208'],
  ['$@', 'g0', 'jis208'],
  ['(B', 'g0', 'latin1'],
  ['(J', 'g0', 'latin1'],
  [')I', 'g1', 'shift_jis'],
  ['-A', 'g1', 'latin1'],
  ['-B', 'g1', 'iso-8859-2'],
  ['-C', 'g1', 'iso-8859-3'],
  ['-D', 'g1', 'iso-8859-4'],
  ['-L', 'g1', 'iso-8859-5'],
  ['-G', 'g1', 'iso-8859-6'],
  ['-F', 'g1', 'iso-8859-7'],
  ['-H', 'g1', 'iso-8859-8'],
  ['-M', 'g1', 'windows-1254'],
  ['-b', 'g1', 'iso-8859-15'],
  ['-T', 'g1', 'windows-874'],
];

const ESC = 0x1b;
const decoders = new Map<string, TextDecoder>();

/** From the values of SpecificCharacterSet (0008,0005); an unknown term reads as Latin-1. */
export function chooseCharset(values: readonly (string | null)[]): DicomCharset {
  const first = (values[0] ?? '')
    .trim()
    .toUpperCase()
    .replaceAll(/[ _-]+/g, ' ');
  if (first === 'ISO IR 192' || first === 'UTF 8' || first === 'UTF8')
    return { initial: 'utf-8', hasEscapes: false };
  if (first === 'GB18030' || first === 'GBK') return { initial: 'gb18030', hasEscapes: false };
  const term = /^ISO (?:IR|2022 IR|2022) (\d+)$/.exec(first)?.[1];
  return { initial: (term === undefined ? undefined : ENCODING_BY_TERM[term]) ?? 'latin1', hasEscapes: true };
}

/** `isName`: in a PN also `^` and `=` end what an escape began. */
export function decodeText(bytes: Buffer, charset: DicomCharset, isName: boolean): string {
  let isPlain = true;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number;
    if (byte > 0x7e || byte === ESC) {
      isPlain = false;
      break;
    }
  }
  if (isPlain) return bytes.toString('latin1', 0, bytes.length);
  if (!charset.hasEscapes || !bytes.includes(ESC)) return decodeWith(charset.initial, bytes);
  return decodeEscaped(bytes, charset, isName);
}

function decodeEscaped(bytes: Buffer, charset: DicomCharset, isName: boolean): string {
  let g0 = 'latin1';
  let g1 = charset.initial;
  let text = '';
  let index = 0;
  while (index < bytes.length) {
    const byte = bytes[index] as number;
    if (byte === ESC) {
      const found = ESCAPES.find(
        ([sequence]) => bytes.toString('latin1', index + 1, index + 1 + sequence.length) === sequence,
      );
      if (found === undefined) {
        index += 1;
        continue;
      }
      const [sequence, half, encoding] = found;
      if (half === 'g0') g0 = encoding;
      else g1 = encoding;
      index += 1 + sequence.length;
      continue;
    }
    const isHigh = byte > 0x7f;
    let end = index + 1;
    while (end < bytes.length && bytes[end] !== ESC && (bytes[end] as number) > 0x7f === isHigh) end += 1;
    const run = bytes.subarray(index, end);
    if (isHigh) {
      text += decodeWith(g1, run);
    } else if (g0 === 'jis208' || g0 === 'jis212') {
      text += decodeTwoByte(run, g0);
    } else {
      const plain = run.toString('latin1', 0, run.length);
      text += plain;
      if ((isName ? /[\\^=\r\n\f\t]/ : /[\\\r\n\f\t]/).test(plain) && charset.initial !== 'latin1')
        g1 = charset.initial;
    }
    index = end;
  }
  return text;
}

/** Seven-bit JIS pairs are EUC-JP without the high bits; JIS X 0212 takes the prefix 8F. */
function decodeTwoByte(run: Buffer, set: 'jis208' | 'jis212'): string {
  const euc: number[] = [];
  let index = 0;
  while (index < run.length) {
    const [first, second] = [run[index] as number, run[index + 1]];
    if (second === undefined || first < 0x21 || second < 0x21) {
      euc.push(first);
      index += 1;
      continue;
    }
    if (set === 'jis212') euc.push(0x8f);
    euc.push(first | 0x80, second | 0x80);
    index += 2;
  }
  return decodeWith('euc-jp', Buffer.from(euc));
}

function decodeWith(encoding: string, bytes: Buffer): string {
  if (encoding === 'latin1') return bytes.toString('latin1', 0, bytes.length);
  let decoder = decoders.get(encoding);
  if (decoder === undefined) {
    decoder = new TextDecoder(encoding, { ignoreBOM: true });
    decoders.set(encoding, decoder);
  }
  return decoder.decode(bytes);
}
