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
 * uses it. Until then the record's key column holds the pseudonym of the name itself; that pseudonym finds the rows
 * again. The pseudonym of what a name meant finds them when another Bundle has given it a second meaning. Adds the
 * records of those rows to `touched` and `record_new`.
 */
export async function touchLateMeanings(
  store: TableStore,
  keeper: TableKeeper,
  sources: readonly IdentitySource[],
  plans: readonly { readonly plan: ViewPlan; readonly definition: string }[],
): Promise<void> {
  const { connection } = store;
  await connection.run('create or replace temp table unresolved_new (source varchar, raw varchar)');
  await resolveReferences(connection, sources, {
    sql: 'select null::ubigint as scope, source, raw from private.unresolved',
    origins: 'record',
  });
  await connection.run(`
    create or replace temp table late_name as
    select source, raw as name from reference_target
    union
    select a.source, min(k.target)
    from private.alias k join (select distinct source, raw, target from alias_new) a
      on a.source = k.source and a.raw = k.raw
    group by a.source, a.raw having min(k.target) = max(k.target)
      and (min(a.target) <> max(a.target) or min(a.target) <> min(k.target))`);
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
