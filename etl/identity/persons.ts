import type { DuckDBConnection } from '@duckdb/node-api';
import { collectEvidence, collectNodeFacts, LINK_POLICY } from './link-evidence.ts';
import { type LinkResult, linkGroups } from './link-groups.ts';
import { type IdentitySource, placeRecords, resolveReferences } from './nodes.ts';

const SUBJECT_REFERENCES = `
  select distinct source, subject_value as raw from record where subject_kind = 'reference'
  union
  select distinct source, value as raw from fact where kind = 'link'`;

/**
 * Decides for every record whose it is. Each node mints a person once; the person of a component is the one
 * minted first among its nodes, so that a merge moves only the later ones and an un-merge gives each node its own
 * person back. Makes `record_person` (source, type, id, person_id) and the vault's `person_node`.
 */
export async function resolvePersons(
  connection: DuckDBConnection,
  sources: readonly IdentitySource[],
): Promise<void> {
  await resolveReferences(connection, sources, SUBJECT_REFERENCES);
  await placeRecords(connection);
  const groups = await collectEvidence(connection, sources);
  const result = linkGroups(groups, await collectNodeFacts(connection), LINK_POLICY);
  await writeComponents(connection, result);
  await writeVerdicts(connection, result);
  await connection.run('begin transaction');
  await connection.run(`
    insert into vault.node
    select node, gen_random_uuid(), nextval('vault.minted')
    from (
      select distinct n.node from record_node n anti join vault.node v on v.node = n.node
      where n.node is not null order by n.node
    );
    create or replace temp table node_person as
    with joined as (
      select c.component, arg_min(v.person_id, v.minted) as person_id
      from component c join vault.node v using (node) group by c.component
    )
    select v.node, coalesce(j.person_id, v.person_id) as person_id
    from vault.node v left join component c using (node) left join joined j using (component);
    delete from vault.person_node;
    insert into vault.person_node from node_person order by node`);
  await connection.run('commit');
  await connection.run(`
    create or replace temp table record_person as
    select r.source, r.type, r.id, r.node, p.person_id
    from record_node r left join node_person p on p.node = r.node`);
}

async function writeComponents(connection: DuckDBConnection, result: LinkResult): Promise<void> {
  await connection.run('create or replace temp table component (node varchar, component bigint)');
  const appender = await connection.createAppender('component', null, 'temp');
  for (const [number, nodes] of result.components.entries()) {
    for (const node of nodes) {
      appender.appendVarchar(node);
      appender.appendBigInt(BigInt(number));
      appender.endRow();
    }
  }
  appender.closeSync();
}

/** Makes `verdict` (node, rule, status, confidence): what was decided about each node, once per piece of evidence. */
async function writeVerdicts(connection: DuckDBConnection, result: LinkResult): Promise<void> {
  await connection.run(
    'create or replace temp table verdict (node varchar, rule varchar, status varchar, confidence double)',
  );
  const appender = await connection.createAppender('verdict', null, 'temp');
  for (const { group, status, confidence } of result.verdicts) {
    for (const node of group.nodes) {
      appender.appendVarchar(node);
      appender.appendVarchar(group.rule);
      appender.appendVarchar(status);
      appender.appendDouble(confidence);
      appender.endRow();
    }
  }
  appender.closeSync();
}
