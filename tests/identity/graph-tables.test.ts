import { expect, test } from 'vitest';
import { readGraph, writeResult } from '../../etl/identity/graph-tables.ts';
import { listAt } from '../../etl/identity/identity-graph.ts';
import { collectEvidence, LINK_POLICY } from '../../etl/identity/link-evidence.ts';
import { linkGroups } from '../../etl/identity/link-groups.ts';
import { openDuckDB, queryJson } from '../../etl/warehouse/duckdb.ts';

/** Patients 1 and 2 each have a study; 3 shares nothing with anybody; study 1.9 has the ids of both 1 and 2. */
const FACTS = `
  create temp table fact as
  select hash(node) as scope, split_part(node, '|', 1) as source, type, node as id, kind, system, value, node,
    false as is_own
  from (values
    ('ehr|Patient/1', 'Patient', 'identifier', 'mrn', '1'), ('ehr|Patient/2', 'Patient', 'identifier', 'mrn', '2'),
    ('ehr|Patient/3', 'Patient', 'identifier', 'mrn', '3'), ('ehr|Patient/3', 'Patient', 'birth-date', null, '1950-01-01'),
    ('ehr|Patient/1', 'Patient', 'birth-date', null, '1960-01-01'), ('ehr|Patient/1', 'Patient', 'sex', null, 'female'),
    ('ehr|Patient/2', 'Patient', 'birth-date', null, '1900-01-01'),
    ('pacs|study/1.1', 'DicomInstance', 'patient-id', 'HOSP', '1'),
    ('pacs|study/1.1', 'DicomInstance', 'birth-date', null, '1960-01-01'),
    ('pacs|study/1.2', 'DicomInstance', 'patient-id', 'HOSP', '2'),
    ('pacs|study/1.9', 'DicomInstance', 'patient-id', 'HOSP', '1'),
    ('pacs|study/1.9', 'DicomInstance', 'patient-id', 'HOSP', '2')
  ) f(node, type, kind, system, value);
  create temp table reference_target (source varchar, raw varchar, target varchar);
  create temp table own_target (scope ubigint, raw varchar, target varchar)`;

test('JavaScript sees numbers for what shares something, SQL gets names back', async () => {
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  await connection.run(FACTS);
  await collectEvidence(connection, [{ name: 'ehr' }, { name: 'pacs', patientIdIssuers: { HOSP: 'mrn' } }]);
  const graph = await readGraph(connection);
  expect(graph.size).toBe(5);
  expect([...graph.isPatient]).toEqual([1, 1, 0, 0, 0]);
  expect([...graph.sexes]).toEqual([2, 0, 0, 0, 0]);
  expect(Array.from({ length: 5 }, (_, node) => [...listAt(graph.birthDates, node)])).toEqual([
    [1],
    [],
    [1],
    [],
    [],
  ]);
  expect([...graph.evidence.values]).toEqual([0, 2, 4, 1, 3, 4]);

  await writeResult(connection, linkGroups(graph, LINK_POLICY));
  expect(
    await queryJson(
      connection,
      `select list(node order by node) as nodes from component group by component order by 1`,
    ),
  ).toEqual([{ nodes: ['ehr|Patient/1', 'pacs|study/1.1'] }, { nodes: ['ehr|Patient/2', 'pacs|study/1.2'] }]);
  expect(
    await queryJson(connection, 'select distinct node, rule, status, confidence from verdict order by 1'),
  ).toEqual([
    { node: 'ehr|Patient/1', rule: 'identifier', status: 'linked', confidence: 0.99 },
    { node: 'ehr|Patient/2', rule: 'identifier', status: 'linked', confidence: 0.99 },
    { node: 'pacs|study/1.1', rule: 'identifier', status: 'linked', confidence: 0.99 },
    { node: 'pacs|study/1.2', rule: 'identifier', status: 'linked', confidence: 0.99 },
    { node: 'pacs|study/1.9', rule: 'identifier', status: 'conflict', confidence: 0 },
  ]);
  connection.closeSync();
  instance.closeSync();
});
