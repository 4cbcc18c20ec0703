import type { DuckDBConnection } from '@duckdb/node-api';

/** SQL for a reference without the version it may name: an older version is of the same patient. */
export function withoutVersion(reference: string): string {
  return `regexp_replace(${reference}, '/_history/[^/]*$', '')`;
}

/** SQL for the node of a record that says of no patient that it is theirs. */
export function ownNode(row: string): string {
  return `${row}.source || '|' || ${row}.type || '/' || ${row}.id`;
}

/** SQL for the node of a record that calls its patient by a name that nobody has explained. */
export function unexplainedNode(row: string): string {
  return `${row}.source || '|unexplained/' || ${row}.type || '/' || ${row}.id`;
}

/** SQL for whether a reference names something that is no patient, such as a Group, a Location or a Device. */
export function namesOther(reference: string): string {
  const literal = `regexp_extract(${reference}, '(^|/)([A-Z][A-Za-z]+)/[^/]+$', 2)`;
  const conditional = `regexp_extract(${reference}, '^([A-Z][A-Za-z]+)[?]', 1)`;
  return `(coalesce(nullif(${conditional}, ''), ${literal}) not in ('', 'Patient'))`;
}

/**
 * SQL for whether a node is a patient: a Patient record, or one that is only known by a reference. The others are
 * studies and records that hang on themselves.
 */
export function isPatientNode(node: string): string {
  const name = `substr(${node}, instr(${node}, '|') + 1)`;
  return `(starts_with(${name}, 'Patient/') or starts_with(${name}, 'Patient?')
    or not (starts_with(${name}, 'study/') or starts_with(${name}, 'unexplained/') or regexp_matches(${name}, '^[A-Z][A-Za-z]+[/?]')))`;
}

/**
 * Makes `placed` (scope, node): the node of the identity graph that each record of `unplaced` hangs on, NULL for types
 * that have no patient. Nodes are named by their source: `<source>|Patient/<id>`, `<source>|study/<uid>`. A record has
 * a node of its own if it does not say whose it is, if it is about something else than a patient, or if it says it by a
 * name that nobody has explained: `urn:uuid:patient` may be a different patient in every Bundle.
 */
export async function placeRecords(connection: DuckDBConnection): Promise<void> {
  // A condition on the left side alone would turn these hash joins into nested loops.
  await connection.run(`
    create or replace temp table placed as
    with by_identifier as (
      select source, system, value, min(id) as id from fact
      where type = 'Patient' and kind = 'identifier' and system is not null
      group by source, system, value having min(id) = max(id)
    ),
    read as (
      select r.*, coalesce(o.target, t.target, r.reference) as meaning, i.id as identified_id,
        coalesce(o.target, t.target) is null
          and (starts_with(lower(r.reference), 'urn:') or n.raw is not null) as is_unexplained
      from unplaced r
      left join reference_target t on t.source = r.source and t.raw = r.reference
      left join own_target o on o.scope = r.scope and o.raw = r.reference
      left join (from named where not is_clear) n on n.source = r.source and n.raw = r.reference
      left join by_identifier i on i.source = r.source and i.system = r.subject_system
        and i.value = r.subject_value
    )
    select r.scope,
      case
        when r.subject_kind = 'none' then null
        when r.subject_kind = 'self' then r.source || '|Patient/' || r.id
        when r.subject_kind = 'study' then r.source || '|study/' || r.subject_value
        when r.subject_kind = 'reference' and r.is_unexplained then ${unexplainedNode('r')}
        when r.subject_kind = 'reference' and not ${namesOther('r.meaning')} then r.source || '|' || r.meaning
        when r.subject_kind = 'identifier' then r.source || '|' ||
          coalesce('Patient/' || r.identified_id, 'identifier/' || r.subject_system || '|' || r.subject_value)
        else ${ownNode('r')}
      end as node
    from read r`);
}
