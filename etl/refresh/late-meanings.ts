import { sqlName, sqlString } from '../../base/sql-text.ts';
import type { IdentitySource } from '../identity/identity-source.ts';
import { resolveReferences } from '../identity/references.ts';
import { policyOf } from '../privacy/column-policy.ts';
import type { ViewPlan } from '../view/plan.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import type { TableStore } from '../warehouse/table-store.ts';
import type { TableKeeper } from './table-keeper.ts';

/**
 * A name such as `urn:uuid:…` or `Practitioner?identifier=…` may get its meaning another night than the record that
 * uses it, lose it, or get another one. The key columns hold the pseudonym of what it meant, or of the name itself while
 * it meant nothing; these pseudonyms find the rows again. Adds the records of those rows to `touched` and `record_new`.
 */
export async function touchLateMeanings(
  store: TableStore,
  keeper: TableKeeper,
  sources: readonly IdentitySource[],
  plans: readonly { readonly plan: ViewPlan; readonly definition: string }[],
): Promise<void> {
  const { connection } = store;
  await connection.run('create or replace temp table name_new (source varchar, raw varchar, target varchar)');
  await connection.run(`
    create or replace temp table renamed_name as
    select n.* from private.name n semi join renamed r on r.source = n.source and r.raw = n.raw`);
  await resolveReferences(connection, sources, {
    sql: 'select null::ubigint as scope, source, raw from renamed_name',
    origins: 'record',
  });
  await connection.run(`
    create or replace temp table late_name as
    with late as (
      select n.* from renamed_name n
      left join reference_target t on t.source = n.source and t.raw = n.raw
      left join named a on a.source = n.source and a.raw = n.raw
      where n.target is distinct from t.target or not coalesce(a.is_clear, true)
    )
    select source, raw as name from late
    union
    select source, target from late where target is not null
    union
    select l.source, a.target from late l join alias a on a.source = l.source and a.raw = l.raw`);
  if ((await queryCount(connection, 'select count(*) from late_name')) === 0) return;
  await connection.run(`
    create or replace temp table late_key as
    select pseudonym_hex('key', source || '|' || name)::uuid as key from late_name`);
  for (const { plan, definition } of plans) {
    const base = keeper.base('staging', plan.name, definition);
    const keys = plan.columns.filter((column) => policyOf(plan.name, column) === 'key');
    if (base === undefined || keys.length === 0) continue;
    const files = base.files.map((file) => sqlString(store.pathOf('staging', file)));
    const lineages = base.files.map((file) => sqlString(store.lineagePathOf(file)));
    const isLate = keys.map(({ name }) => `t.${sqlName(name)} in (select key from late_key)`).join(' or ');
    await connection.run(`
      insert into touched
      select distinct l.scope
      from read_parquet([${files.join(', ')}], filename = true, file_row_number = true) t
      join read_parquet([${lineages.join(', ')}], filename = true, file_row_number = true) l
        on l.file_row_number = t.file_row_number
        and list_position([${lineages.join(', ')}], l.filename) = list_position([${files.join(', ')}], t.filename)
      where ${isLate}`);
  }
  await connection.run(`
    insert into record_new by name
    select k.* from private.record k
    where k.scope in (select scope from touched) and k.scope not in (select scope from record_new)`);
}
