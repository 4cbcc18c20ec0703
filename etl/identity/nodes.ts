import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';

/** What identity has to know of a source. */
export interface IdentitySource {
  readonly name: string;
  /** Absolute references below it are the source's own. */
  readonly baseUrl?: string | undefined;
  /** IssuerOfPatientID → FHIR identifier system. */
  readonly patientIdIssuers?: Readonly<Record<string, string>> | undefined;
  /** The issuer of patient ids in files that name none. */
  readonly defaultIssuer?: string | undefined;
  /** FHIR identifier system of this source's accession numbers. */
  readonly accessionSystem?: string | undefined;
}

/**
 * Makes `reference_target` (source, raw, target): what a reference as written means, where that is not simply
 * itself. Sources of knowledge, the first that speaks counts: the names that Bundles gave (`alias`), the source's base
 * URL, conditional references (https://hl7.org/fhir/R4/http.html#trules), and for `urn:uuid:` the record with that id
 * (transaction Bundles taken apart keep such references). A name with two meanings has none.
 *
 * `writtenSql` gives the references (source, raw); tables `alias` (source, raw, target), `fact` and `record` are read too.
 */
export async function resolveReferences(
  connection: DuckDBConnection,
  sources: readonly IdentitySource[],
  writtenSql: string,
): Promise<void> {
  const bases = sources.filter((source) => source.baseUrl !== undefined);
  const baseRows =
    bases.length === 0
      ? `select null::varchar as source, null::varchar as base where false`
      : bases
          .map(
            (each) =>
              `select ${sqlString(each.name)} as source, ${sqlString(trimSlash(each.baseUrl ?? ''))} as base`,
          )
          .join(' union all ');
  await connection.run(`
    create or replace temp table reference_target as
    with written as (${writtenSql}),
    bases as (${baseRows}),
    conditional as (
      select w.source, w.raw, f.type || '/' || f.id as target
      from written w
      join fact f on f.source = w.source and f.kind = 'identifier'
        and f.type = split_part(w.raw, '?identifier=', 1)
        and coalesce(f.system, '') || '|' || f.value = split_part(w.raw, '?identifier=', 2)
      where contains(w.raw, '?identifier=')
    ),
    meanings as (
      select source, raw, target, 0 as rank from alias
      union
      select w.source, w.raw, regexp_replace(substr(w.raw, length(b.base) + 2), '/_history/[^/]*$', ''), 1
      from written w join bases b on b.source = w.source and starts_with(w.raw, b.base || '/')
      union
      select source, raw, target, 2 from conditional
      union
      select w.source, w.raw, r.type || '/' || r.id, 3
      from written w
      join record r on r.source = w.source and r.id = substr(w.raw, length('urn:uuid:') + 1)
      where starts_with(w.raw, 'urn:uuid:')
    ),
    best as (
      from meanings qualify rank = min(rank) over (partition by source, raw)
    )
    select source, raw, min(target) as target from best group by source, raw having count(distinct target) = 1`);
}

/**
 * Makes `placed` (scope, node): the node of the identity graph that each record of `unplaced` hangs on, NULL for types
 * that have no patient. Nodes are named by their source: `<source>|Patient/<id>`, `<source>|study/<uid>`; a record that
 * does not say whose it is has a node of its own.
 */
export async function placeRecords(connection: DuckDBConnection): Promise<void> {
  // A condition on the left side alone would turn these hash joins into nested loops.
  await connection.run(`
    create or replace temp table placed as
    with by_identifier as (
      select source, system, value, min(id) as id from fact
      where type = 'Patient' and kind = 'identifier' and system is not null
      group by source, system, value having count(distinct id) = 1
    )
    select r.scope,
      case r.subject_kind
        when 'none' then null
        when 'self' then r.source || '|Patient/' || r.id
        when 'study' then r.source || '|study/' || r.subject_value
        when 'reference' then r.source || '|' ||
          coalesce(t.target, if(contains(r.subject_value, '/_history/'),
            regexp_replace(r.subject_value, '/_history/[^/]*$', ''), r.subject_value))
        when 'identifier' then r.source || '|' ||
          coalesce('Patient/' || i.id, 'identifier/' || r.subject_system || '|' || r.subject_value)
        else r.source || '|' || r.type || '/' || r.id
      end as node
    from unplaced r
    left join reference_target t on t.source = r.source and t.raw = r.subject_value
    left join by_identifier i on i.source = r.source and i.system = r.subject_system
      and i.value = r.subject_value`);
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
