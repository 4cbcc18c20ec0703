import type { DuckDBConnection } from '@duckdb/node-api';
import { readGraph, writeResult } from './graph-tables.ts';
import type { IdentitySource } from './identity-source.ts';
import { collectEvidence, LINK_POLICY } from './link-evidence.ts';
import { linkGroups } from './link-groups.ts';
import { placeRecords, unexplainedNode, withoutVersion } from './nodes.ts';
import { resolveReferences, type WrittenReferences } from './references.ts';

const SUBJECT_REFERENCES: WrittenReferences = {
  sql: `
    select scope, source, reference as raw from unplaced where subject_kind = 'reference'
    union all
    select scope, source, ${withoutVersion('value')} from fact where kind = 'link'`,
  origins: 'record',
};

/**
 * Records that are new, whose reference has found no meaning yet (another configuration may give it one), or whose
 * reference may mean somebody else now: a Bundle has used the name again, or an identifier came, went or moved.
 */
const UNPLACED = `
  create or replace temp table unplaced as
  with known as (
    select *, ${withoutVersion('subject_value')} as reference from private.record k
    where subject_kind in ('reference', 'identifier') and scope not in (select scope from record_new)
  )
  select scope, source, type, id, subject_kind, subject_system, subject_value,
    ${withoutVersion('subject_value')} as reference
  from record_new
  union all
  select scope, source, type, id, subject_kind, subject_system, subject_value, reference from known k
  where (subject_kind = 'identifier'
      and hash(source, subject_system, subject_value) in (select hash(source, system, value) from renumbered))
    or (subject_kind = 'reference' and (
      (node in (source || '|' || reference, ${unexplainedNode('k')}) and (contains(reference, ':') or contains(reference, '?')))
      or hash(source, reference) in (select hash(source, raw) from renamed)))`;

/** Takes what the placing found into `record_new`; a known record that hangs on another node now is touched. */
const TAKE_PLACES = `
  update record_new set node = p.node from placed p where p.scope = record_new.scope;
  create or replace temp table replaced as
  select k.* replace (p.node as node) from private.record k join placed p on p.scope = k.scope
  where k.scope not in (select scope from record_new) and k.node <> p.node;
  insert into record_new by name from replaced;
  insert into touched select scope from replaced`;

/**
 * The facts of all records that count, with the node of each: in `fact` those that tell whose a record is, in
 * `named_record` (a view; there may be one for every record) the identifiers by which other records may refer to one.
 */
const FACTS = `
  create or replace temp view counting as
  select scope, node, is_own from record_new where not is_deleted and not is_shadowed
  union all
  select k.scope, k.node, k.is_own from private.record k
  where not k.is_deleted and not k.is_shadowed and k.scope not in (select scope from record_new);
  create or replace temp view known_fact as
  from fact_new
  union all
  from private.fact where scope not in (select scope from versioned);
  create or replace temp table fact as
  select f.*, c.node, c.is_own
  from (from known_fact where kind <> 'identifier' or type = 'Patient') f join counting c on c.scope = f.scope;
  create or replace temp view named_record as
  select f.source, f.type, f.id, f.system, f.value
  from (from known_fact where kind = 'identifier') f join counting c on c.scope = f.scope`;

/**
 * Decides for every record whose it is. Each node mints a person once; the person of a component is the one
 * minted first among its nodes, so that a merge moves only the later ones and an un-merge gives each node its own
 * person back. Completes `record_new` and `touched` (also with the records that nothing changed but their person),
 * and the vault's `person_node`. Reads what `selectChangedRecords` makes; leaves `fact`, `verdict` and
 * `node_person` behind.
 */
export async function resolvePersons(
  connection: DuckDBConnection,
  sources: readonly IdentitySource[],
): Promise<void> {
  await connection.run(`
    create or replace temp view alias as from private.alias union all by name from alias_new;
    create or replace temp view record as
    select scope, source, type, id, run, origin_path from record_new where not is_deleted
    union all
    select scope, source, type, id, run, origin_path from private.record
    where not is_deleted and scope not in (select scope from record_new)`);
  await connection.run(UNPLACED);
  // identifiers have to be known before references by identifier, and nodes before the facts that hang on them
  await connection.run(FACTS);
  await resolveReferences(connection, sources, SUBJECT_REFERENCES);
  await placeRecords(connection);
  await connection.run(TAKE_PLACES);
  await connection.run('drop table unplaced; drop table placed; drop table replaced');
  await connection.run(FACTS);
  await collectEvidence(connection, sources);
  await writeResult(connection, linkGroups(await readGraph(connection), LINK_POLICY));
  await connection.run('begin transaction');
  await connection.run(`
    insert into vault.node
    select node, gen_random_uuid(), nextval('vault.minted')
    from (
      select distinct n.node from record_new n anti join vault.node v on v.node = n.node
      where n.node is not null order by n.node
    );
    create or replace temp table node_person as
    with joined as (
      select c.component, arg_min(v.person_id, v.minted) as person_id
      from component c join vault.node v using (node) group by c.component
    )
    select v.node, coalesce(j.person_id, v.person_id) as person_id
    from vault.node v left join component c using (node) left join joined j using (component);
    create or replace temp table moved_node as
    select n.node, n.person_id from node_person n left join vault.person_node p on p.node = n.node
    where p.person_id is distinct from n.person_id;
    delete from vault.person_node where node in (select node from moved_node);
    insert into vault.person_node from moved_node order by node`);
  await connection.run('commit');
  await connection.run(`
    update record_new set person_id = p.person_id from node_person p where p.node = record_new.node;
    create or replace temp table moved as
    select k.* replace (p.person_id as person_id) from private.record k join node_person p on p.node = k.node
    where k.person_id <> p.person_id and k.scope not in (select scope from record_new);
    insert into record_new by name from moved;
    insert into touched select scope from moved;
    insert into touched
    select r.scope from record_new r join private.record k on k.scope = r.scope
    where r.person_id is distinct from k.person_id and r.scope not in (select scope from touched);
    drop table moved`);
}
