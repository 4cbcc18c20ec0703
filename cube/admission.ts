/** Lets at most `limit` tasks run at a time; the others wait in order of arrival. */
export interface Admission {
  readonly limit: number;
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createAdmission(limit: number): Admission {
  const waiting: (() => void)[] = [];
  let running = 0;
  const enter = async (): Promise<void> => {
    if (running < limit) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return {
    limit,
    run: async (task) => {
      await enter();
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
}

/**
 * Every DuckDB query occupies a thread of libuv's pool for its whole duration, and so does every file
 * operation: one thread stays free for files.
 */
export function queryLimit(threadPoolSize: string | undefined = process.env['UV_THREADPOOL_SIZE']): number {
  const threads = Number(threadPoolSize ?? 4);
  return Math.max(1, (Number.isInteger(threads) && threads > 0 ? threads : 4) - 1);
}
