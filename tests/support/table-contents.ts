import { withSnapshot } from './refresh.ts';

/** Tables that tell of the runs themselves. */
const OF_RUNS = new Set(['staging.run', 'marts.refresh_runs']);

/** Every published table as a multiset of rows: its size and two order-free sums of row hashes. */
export function tableContents(directory: string): Promise<Readonly<Record<string, unknown>>> {
  return withSnapshot(directory, async (query) => {
    const tables = await query(
      `select table_schema || '.' || table_name as t from information_schema.tables where table_catalog = 'snapshot'`,
    );
    const found: Record<string, unknown> = {};
    for (const { t } of tables) {
      if (OF_RUNS.has(String(t))) continue;
      const [row] = await query(
        `select count(*) as n, bit_xor(hash(r)) as x, sum(hash(r) % 1000000007) as s from ${t} r`,
      );
      found[String(t)] = row;
    }
    return found;
  });
}
