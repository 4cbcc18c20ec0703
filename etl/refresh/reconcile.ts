import type { LandingManifest } from '../landing/landing-format.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import type { FlattenedView } from './flatten-views.ts';
import { reconcileRecords, type TypeFate } from './reconcile-records.ts';
import { reconcileFiles, reconcileView } from './reconcile-tables.ts';
import type { TableKeeper } from './table-keeper.ts';

/**
 * Accounts for every line that a run applies, from the index of landing to the files that will be published. After
 * `reconcileLanding` and `keepRecords`, before the publish. Returns what became of the lines.
 *
 * @throws ChiasmError `unaccounted-lines`
 */
export async function reconcile(
  store: TableStore,
  keeper: TableKeeper,
  landing: string,
  applied: readonly LandingManifest[],
  flattened: readonly FlattenedView[],
): Promise<readonly TypeFate[]> {
  const fates = await reconcileRecords(store.connection, landing, applied);
  await reconcileFiles(store, keeper.tables);
  for (const view of flattened) {
    const table = keeper.get('staging', view.view);
    if (table !== undefined) await reconcileView(store, table, view);
  }
  return fates;
}
