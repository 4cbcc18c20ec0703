import { expect, test } from 'vitest';
import { loadCodes } from '../../etl/refresh/load-codes.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';
import { loadCodeTables } from '../../models/code-tables.ts';
import { ruleParameters, ruleValues } from '../../models/rule-parameters.ts';

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
       select 'agent', agent from (
         select agent from codes.agent_atc
         union all select unnest(string_split(agents, '+')) from codes.regimen
         union all select agent from codes.regimen_continuation
         union all select unnest(string_split(base_agents, '+')) from codes.regimen_continuation
       ) anti join codes.agent using (agent)
       union all
       select 'order', agents from codes.regimen
       where agents <> array_to_string(list_sort(string_split(agents, '+')), '+')
       union all
       select 'pattern', pattern from (
         select pattern from codes.cancer_word
         union all select pattern from codes.treatment_word
         union all select pattern from codes.imaging_word
         union all select pattern from codes.disease_status_word
       ) where pattern <> lower(pattern)
       union all
       select 'facet', facet || ' ' || value from codes.code_map
       where (facet = 'role' and value not in ('primary', 'secondary', 'suspected', 'uncertain', 'benign'))
         or (facet = 'behavior' and value not in ('malignant', 'in situ', 'uncertain', 'benign'))
         or (facet = 'laterality' and value not in ('left', 'right', 'bilateral'))
         or (facet = 'stage' and not regexp_matches(value, '^(0|IV|III|II|I)[A-E]?[1-3]?$'))
         or facet not in
           ('site', 'histology', 'behavior', 'role', 'laterality', 'grade', 'stage', 'stage_type', 't', 'n', 'm')
       union all
       select 'dots', code from codes.code_map where contains(code, '.') or code <> upper(code)
       union all
       select 'system', system from (
         select system from codes.code_map
         union all select system from codes.staging_system
         union all select system from codes.biopsy_procedure
         union all select system from codes.stage_observation
       ) where system not in (select system from codes.code_system)
       union all
       select 'site', site_group from (
         select unnest(string_split(site_groups, '|')) as site_group from codes.agent
         union all select unnest(string_split(site_groups, '|')) from codes.regimen
         union all select unnest(string_split(site_groups, '|')) from codes.regimen_continuation
         union all select site_group from codes.treatment_procedure
         union all select value from codes.cancer_word where facet = 'site'
                union all select site_group from codes.biopsy_procedure
       ) where site_group is not null
         and site_group not in (select value from codes.code_map where facet = 'site')`,
    ),
  ).toEqual([]);
});

test('what a site sets of the rules replaces the shipped value, and every parameter can be set', async () => {
  const connection = await (await openDuckDB({ threads: 1 })).connect();
  const read = (): Promise<readonly Record<string, unknown>[]> =>
    queryJson(connection, 'select parameter, value from codes.rule_parameter order by parameter');
  await loadCodes(connection);
  const shipped = await read();
  const own = ruleParameters.parse({
    treatmentGapDays: 90,
    lineWindowDays: 21,
    continuationGapDays: 60,
    lineClasses: ['immunotherapy', 'chemotherapy'],
    contactAfterDeathDays: 14,
    volumeMinSlices: 20,
  });
  expect(shipped.map((row) => row['parameter'])).toEqual(ruleValues(own).map(({ parameter }) => parameter));
  await loadCodes(connection, { rules: own });
  expect(await read()).toEqual(ruleValues(own));
  expect(ruleValues(own)).toContainEqual({ parameter: 'line_classes', value: 'chemotherapy|immunotherapy' });
});
