import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { ServedSnapshots } from '../../cube/served-snapshots.ts';
import { holdOf } from '../held-snapshot.ts';
import { type DataRequest, dataBytes } from './data-bytes.ts';
import { MEDIA_TYPES } from './data-format.ts';

export interface SentData extends Omit<DataRequest, 'onRows' | 'exports'> {
  /** The name of the file that a browser keeps, without its ending. */
  readonly name: string;
}

const ENDINGS = { csv: 'csv', ndjson: 'ndjson', arrow: 'arrows', parquet: 'parquet' } as const;

/**
 * Sends rows as fast as the client takes them; what fails before the first is thrown, what fails later breaks the
 * answer off. Returns how many rows were sent.
 */
export async function sendData(
  request: Request,
  response: Response,
  data: SentData,
  { snapshots, exports }: { readonly snapshots: ServedSnapshots; readonly exports: string },
): Promise<number> {
  // A hold of its own: the request's ends with the answer, perhaps under a step that still runs.
  const hold = snapshots.holdNumber(holdOf(request).snapshot.number);
  if (hold === undefined) throw new Error('the snapshot of a request is closed');
  let rows = 0;
  const bytes = dataBytes(hold, {
    ...data,
    exports,
    onRows: (more) => {
      rows += more;
    },
  });
  try {
    const first = await bytes.next();
    response.set('Content-Type', MEDIA_TYPES[data.format]);
    response.set('Content-Disposition', `inline; filename="${data.name}.${ENDINGS[data.format]}"`);
    await pipeline(Readable.from(whole(first, bytes), { objectMode: false }), response);
    return rows;
  } finally {
    await bytes.return(undefined);
    hold.release();
  }
}

async function* whole(
  first: IteratorResult<Uint8Array, unknown>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
