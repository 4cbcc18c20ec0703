import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../../base/package-root.ts';
import { SQLSTATE, SqlError } from '../../wire/sql-error.ts';
import type { CatalogAnswer, CatalogRequest, CatalogSettings } from './catalog-job.ts';

/** The compiled entry: worker threads do not run TypeScript. */
const ENTRY = join(packageRoot, 'dist', 'serve', 'sql', 'catalog', 'catalog-worker.js');

/** Longer than any catalog query of a tool; PostgreSQL in WASM cannot be interrupted, so the thread is replaced. */
const ANSWER_WITHIN_MS = 15_000;
const START_WITHIN_MS = 180_000;

export interface CatalogThread {
  /** Runs SQL as the owner of the catalog. */
  runSql(sql: string): Promise<void>;
  /** Sends protocol messages; the answer, errors included. */
  send(bytes: Uint8Array): Promise<Uint8Array>;
}

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the catalog thread; resolves when it answers. `closing` ends it. `onLost` hears of a thread that ended by itself or hung. */
export async function startCatalogThread(
  settings: CatalogSettings,
  closing: AbortSignal,
  onLost: () => void,
): Promise<CatalogThread> {
  const worker = new Worker(ENTRY, { workerData: settings, resourceLimits: { maxOldGenerationSizeMb: 512 } });
  closing.addEventListener('abort', () => void worker.terminate(), { once: true });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isLost = false;
  const lose = (): void => {
    if (isLost) return;
    isLost = true;
    for (const { reject } of waiting.values()) reject(lost());
    waiting.clear();
    onLost();
  };
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the SQL catalog does not start')), START_WITHIN_MS);
    worker.on('message', (answer: CatalogAnswer) => {
      if (answer.kind === 'ready') {
        clearTimeout(timer);
        resolve();
        return;
      }
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.kind === 'done') asked?.resolve(answer.bytes);
      else asked?.reject(new Error(answer.message));
    });
    worker.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
      lose();
    });
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('the SQL catalog ended'));
      lose();
    });
  });
  const ask = (request: (id: number) => CatalogRequest): Promise<Uint8Array> => {
    if (isLost) return Promise.reject(lost());
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        lose();
        void worker.terminate();
      }, ANSWER_WITHIN_MS);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      worker.postMessage(request(id));
    });
  };
  await ready;
  return {
    runSql: async (sql) => {
      await ask((id) => ({ kind: 'sql', id, sql }));
    },
    send: (bytes) => ask((id) => ({ kind: 'protocol', id, bytes })),
  };
}

function lost(): SqlError {
  return new SqlError(SQLSTATE.queryCanceled, 'the catalog query took too long and was stopped');
}
