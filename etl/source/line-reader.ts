/** A line longer than this is not read (DuckDB's own limit for one JSON text). */
export const MAX_LINE_BYTES = 16 * 1024 * 1024 - 1024;

export interface InputLine {
  /** From 1. */
  readonly line: number;
  /** Byte offset of the line in the (decompressed) stream. */
  readonly offset: number;
  /** Length in bytes without the line break. */
  readonly length: number;
  /** The bytes without line break and byte order mark. Of a line that is too long only the first part. */
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Splits a byte stream into lines: LF or CRLF, with or without a last line break, a leading byte order mark
 * removed, empty lines left out. Memory: one line of at most `MAX_LINE_BYTES`.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<readonly InputLine[]> {
  let parts: Buffer[] = [];
  let partBytes = 0;
  let line = 1;
  let offset = 0;

  const finishLine = (): InputLine => {
    const isTooLong = partBytes > MAX_LINE_BYTES;
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    const finished = trimLine({ line, offset, length: partBytes, bytes: whole, isTooLong });
    line++;
    offset += partBytes + 1;
    parts = [];
    partBytes = 0;
    return finished;
  };
  const keep = (part: Buffer): void => {
    if (part.length === 0) return;
    if (partBytes <= MAX_LINE_BYTES) parts.push(part.subarray(0, MAX_LINE_BYTES + 1 - partBytes));
    partBytes += part.length;
  };

  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: InputLine[] = [];
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
      keep(buffer.subarray(start, end));
      lines.push(finishLine());
      start = end + 1;
    }
    keep(buffer.subarray(start));
    yield lines.filter((each) => !isBlank(each));
  }
  if (partBytes > 0) yield [finishLine()].filter((each) => !isBlank(each));
}

function trimLine(line: InputLine): InputLine {
  let { bytes } = line;
  if (line.line === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) bytes = bytes.subarray(3);
  if (!line.isTooLong && bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
  return { ...line, bytes };
}

function isBlank(line: InputLine): boolean {
  if (line.isTooLong || line.bytes.length > 64) return false;
  return line.bytes.every((byte) => byte === 0x20 || byte === 0x09);
}
