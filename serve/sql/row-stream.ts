import type { Field } from '../wire/backend.ts';

/** Takes whole DataRow messages; resolves when more may come. */
export type RowSink = (dataRows: Buffer) => Promise<void>;

/** The rows of a query, read from front to back as a client asks for them. */
export interface RowStream {
  /** Hands over up to `maxRows` more (0: all that are left). */
  send(sink: RowSink, maxRows: number): Promise<{ readonly rows: number; readonly isDone: boolean }>;
  /** Gives back what the stream holds; harmless when done twice. */
  close(): void;
}

/** The columns of a result that is text throughout. */
export function textFields(...names: readonly string[]): readonly Field[] {
  return names.map((name) => ({ name, oid: 25, size: -1, modifier: -1, table: 0, attribute: 0 }));
}

/** A stream over rows that are there already. */
export function streamOf(dataRows: readonly Buffer[]): RowStream {
  let next = 0;
  return {
    send: async (sink, maxRows) => {
      const end = maxRows === 0 ? dataRows.length : Math.min(dataRows.length, next + maxRows);
      const sent = dataRows.slice(next, end);
      next = end;
      if (sent.length > 0) await sink(Buffer.concat(sent));
      return { rows: sent.length, isDone: maxRows === 0 || sent.length < maxRows };
    },
    close: () => {},
  };
}

/** A DataRow of texts. */
export function textRow(...values: readonly string[]): Buffer {
  const parts = values.flatMap((value) => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return [length, bytes];
  });
  const head = Buffer.alloc(7);
  head.write('D', 0, 'latin1');
  head.writeInt32BE(
    parts.reduce((sum, part) => sum + part.length, 6),
    1,
  );
  head.writeInt16BE(values.length, 5);
  return Buffer.concat([head, ...parts]);
}
