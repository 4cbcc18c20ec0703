/** What Cube's in-memory cache driver exposes: one store for the whole process, without a limit. */
export interface CacheDriver {
  store: Record<string, CacheEntry>;
  set(key: string, value: unknown, expiration: number): Promise<{ key: string; bytes: number }>;
}

interface CacheEntry {
  readonly value: unknown;
  readonly exp: number;
}

/**
 * Gives a cache driver a store of its own, which is garbage once its snapshot is, and drops the oldest entries
 * when together they exceed `limit` bytes of JSON.
 */
export function boundCache(driver: CacheDriver, limit: number): void {
  const sizes = new Map<string, number>();
  const set = driver.set.bind(driver);
  let total = 0;
  const forget = (key: string): void => {
    total -= sizes.get(key) ?? 0;
    sizes.delete(key);
  };
  driver.store = {};
  driver.set = async (key, value, expiration) => {
    const written = await set(key, value, expiration);
    forget(key);
    sizes.set(key, written.bytes);
    total += written.bytes;
    for (const oldest of sizes.keys()) {
      if (total <= limit) break;
      forget(oldest);
      delete driver.store[oldest];
    }
    return written;
  };
}
