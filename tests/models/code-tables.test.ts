import { expect, test } from 'vitest';
import { loadCodes } from '../../etl/refresh/build-marts.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { loadCodeTables } from '../../models/code-tables.ts';

test('code tables name their sources, and their keys are unique and filled', async () => {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  await loadCodes(connection);
  for (const table of loadCodeTables()) {
    expect(table.sources.length, table.name).toBeGreaterThan(0);
    const keys = table.key.join(', ');
    expect(
      await queryJson(
        connection,
        `select ${keys} from codes.${table.name} group by all
         having count(*) > 1 or ${table.key.map((column) => `bool_or(${column} is null)`).join(' or ')}`,
      ),
      table.name,
    ).toEqual([]);
  }
});

test('codes that refer to each other agree', async () => {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  await loadCodes(connection);
  expect(
    await queryJson(
      connection,
      `select 'agent' as what, agent as value from codes.agent_code anti join codes.agent using (agent)
       union all
       select 'pattern', pattern from (
         select pattern from codes.cancer_word
         union all select pattern from codes.treatment_word
         union all select pattern from codes.body_word
       ) where pattern <> lower(pattern)
       union all
       select 'overlap', a.first from codes.morphology_group a join codes.morphology_group b
         on a.first <> b.first and a.first between b.first and b.last
       union all
       select 'site', site_group from (
         select unnest(string_split(site_groups, '|')) as site_group from codes.agent
         union all select site_group from codes.treatment_procedure
         union all select value from codes.cancer_word where facet = 'site'
       ) where site_group is not null and site_group not in (select site_group from codes.cancer_site)`,
    ),
  ).toEqual([]);
});
