import { SQLSTATE, SqlError } from './sql-error.ts';

/** Reads the body of one protocol message from front to back; throws 08P01 when it ends too early. */
export class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** One byte as a character. */
  char(): string {
    return String.fromCharCode(this.take(1)[0] ?? 0);
  }

  int16(): number {
    return this.take(2).readInt16BE(0);
  }

  int32(): number {
    return this.take(4).readInt32BE(0);
  }

  uint32(): number {
    return this.take(4).readUInt32BE(0);
  }

  /** Text up to a zero byte. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end === -1) throw tooShort();
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }

  take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw tooShort();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
}

function tooShort(): SqlError {
  return new SqlError(SQLSTATE.protocolViolation, 'a message ends too early', {}, 'FATAL');
}
