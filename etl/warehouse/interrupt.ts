import type { DuckDBConnection } from '@duckdb/node-api';

const AGAIN_AFTER_MS = 20;

/**
 * Runs something on a connection until a signal stops it. DuckDB forgets an interrupt that comes before it has begun, so
 * from the abort on the connection is interrupted again and again until the task has ended. Throws the signal's reason.
 */
export async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  task: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    again = setInterval(() => connection.interrupt(), AGAIN_AFTER_MS);
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await task();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(again);
    signal.removeEventListener('abort', interrupt);
  }
}
