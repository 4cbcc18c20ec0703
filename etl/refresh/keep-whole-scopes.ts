import { sqlName, sqlString } from '../../base/sql-text.ts';
import { loadMartDeclarations, type MartScope } from '../../models/mart-declaration.ts';
import type { ReadingSqlFile } from '../warehouse/sql-files.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import { keepWhole } from './keep-select.ts';
import type { RecentRecords } from './recent-records.ts';
import type { TableKeeper } from './table-keeper.ts';

export interface WholeContext {
  readonly store: TableStore;
  readonly keeper: TableKeeper;
  readonly recent: RecentRecords;
}

/**
 * Computes all rows of a mart with a scope. A large one is written as files of which each holds all older rows of some
 * patients, and files of what is recent (see RecentRecords), which the next nights will write again.
 */
export async function keepWholeByScope(
  context: WholeContext,
  mart: ReadingSqlFile,
  scope: MartScope,
  definition: string,
): Promise<void> {
  const { store, keeper, recent } = context;
  const expected = Math.max(
    ...mart.reads.map((table) => {
      const [schema, name] = table.split('.') as ['staging' | 'marts', string];
      return keeper.get(schema, name)?.rows ?? 0;
    }),
  );
  const { rowsPerFile } = recent.layout;
  if (expected <= rowsPerFile) {
    await keepWhole(store, keeper, 'marts', mart, definition);
    return;
  }
  await recent.make();
  const parts = Math.ceil(expected / rowsPerFile);
  const written = await store.writeParts(
    'marts',
    mart.name,
    `select m.*, coalesce(${parts} + r.part, hash(m.patient_key) % ${parts})::integer as __part
     from (${mart.sql}) m left join recent_record r on r.key = m.${sqlName(scope.column)}`,
    scope.sort.map(sqlName).join(', '),
  );
  await keeper.replace(
    'marts',
    mart.name,
    definition,
    written.map(({ file }) => file),
  );
  await rememberRecent(
    context,
    mart.name,
    scope,
    written
      .filter(({ part }) => part >= parts)
      .map(({ part, file }) => ({ part: part - parts, path: store.pathOf('marts', file) })),
  );
}

/** Rows with a key of their own, such as the components of an Observation, are as recent as what they follow from. */
async function rememberRecent(
  { store }: WholeContext,
  name: string,
  scope: MartScope,
  files: readonly { readonly part: number; readonly path: string }[],
): Promise<void> {
  const marts = loadMartDeclarations();
  const isInput = marts.some((mart) => mart.scope?.inputs[`marts.${name}`] !== undefined);
  const [key] = marts.find((mart) => mart.name === name)?.key ?? [];
  if (!isInput || key === undefined) return;
  for (const { part, path } of files) {
    await store.connection.run(
      `insert into recent_record select null, null, ${sqlName(key)}, ${part} from read_parquet(${sqlString(path)})
       where ${sqlName(key)} <> ${sqlName(scope.column)}`,
    );
  }
}
