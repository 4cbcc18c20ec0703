/** Where DataRow messages are written: it grows, and is given away when it is sent. */
export class RowBuffer {
  bytes: Buffer;
  at = 0;
  private readonly size: number;

  constructor(size: number = 256 * 1024) {
    this.size = size;
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** Makes room for `length` bytes more. */
  reserve(length: number): void {
    const wanted = this.at + length;
    if (wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  /** What was written; writing goes on in a buffer of its own. */
  take(): Buffer {
    const written = this.bytes.subarray(0, this.at);
    this.bytes = Buffer.allocUnsafe(this.size);
    this.at = 0;
    return written;
  }

  int16(value: number): void {
    this.reserve(2);
    this.bytes[this.at] = value >> 8;
    this.bytes[this.at + 1] = value;
    this.at += 2;
  }

  int32(value: number): void {
    this.reserve(4);
    this.setInt32(this.at, value);
    this.at += 4;
  }

  setInt32(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  /** A value of DataRow: NULL. */
  nothing(): void {
    this.int32(-1);
  }

  /** A value of DataRow of ASCII characters, with its length. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length + 4);
    this.setInt32(this.at, length);
    this.bytes.write(text, this.at + 4, 'latin1');
    this.at += length + 4;
  }

  /** A value of DataRow of any characters, with its length in bytes. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.reserve(length + 4);
    this.setInt32(this.at, length);
    this.bytes.write(text, this.at + 4, 'utf8');
    this.at += length + 4;
  }

  /** A value of DataRow of given bytes, with its length. */
  blob(value: Uint8Array): void {
    this.reserve(value.length + 4);
    this.setInt32(this.at, value.length);
    this.bytes.set(value, this.at + 4);
    this.at += value.length + 4;
  }

  /** Bytes as they are. */
  bare(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Digits of a whole number from 0 to 2^53, with zeros in front up to `width`. */
  digits(value: number, width: number = 1): void {
    let count = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count += 1;
    if (count < width) count = width;
    this.reserve(count);
    const { bytes } = this;
    let rest = value;
    let at = this.at + count;
    this.at = at;
    for (; count > 0; count -= 1) {
      const tens = rest < 0x80000000 ? (rest / 10) | 0 : Math.floor(rest / 10);
      bytes[--at] = 48 + (rest - tens * 10);
      rest = tens;
    }
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }
}
