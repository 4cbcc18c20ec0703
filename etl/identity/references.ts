import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import type { IdentitySource } from './identity-source.ts';

/** References as they stand in records. */
export interface WrittenReferences {
  /** SQL with the columns scope (the record), source, raw. */
  readonly sql: string;
  /** A table with the columns scope, run, origin_path: where those records come from. */
  readonly origins: string;
}

/**
 * Finds what references mean, where that is not simply themselves, and makes:
 *
 * - `reference_target` (source, raw, target): meanings that hold in the whole source
 * - `own_target` (scope, raw, target): of names that mean different things in different files (Bundles may call any
 *   patient `urn:uuid:patient`), what they mean in the file that the record comes from
 *
 * A raw reference is never in both. Sources of knowledge, the first that speaks counts: the names that Bundles gave
 * (`alias`), the source's base URL, conditional references (https://hl7.org/fhir/R4/http.html#trules), and for
 * `urn:uuid:` the record with that id (transaction Bundles taken apart keep such references). What then has two
 * meanings has none.
 *
 * Reads tables `alias` (source, run, origin_path, raw, target), `named_record` and `record`.
 */
export async function resolveReferences(
  connection: DuckDBConnection,
  sources: readonly IdentitySource[],
  written: WrittenReferences,
): Promise<void> {
  await connection.run(`
    create or replace temp table written_reference as
    select distinct source, raw from (${written.sql}) where raw is not null`);
  // there may be an identifier for every record: they are read only when asked for
  const isConditional =
    (await queryCount(
      connection,
      `select count(*) from written_reference where contains(raw, '?identifier=')`,
    )) > 0;
  await connection.run(`
    create or replace temp table named as
    select a.source, a.raw, min(a.target) as target, min(a.target) = max(a.target) as is_clear
    from alias a semi join written_reference w on w.source = a.source and w.raw = a.raw
    group by a.source, a.raw;
    create or replace temp table own_target as
    select w.scope, w.raw, min(a.target) as target
    from (${written.sql}) w
    join named n on n.source = w.source and n.raw = w.raw and not n.is_clear
    join ${written.origins} o on o.scope = w.scope
    join alias a on a.source = w.source and a.raw = w.raw and a.run = o.run and a.origin_path = o.origin_path
    group by w.scope, w.raw having min(a.target) = max(a.target);
    create or replace temp table reference_target as
    with written as (from written_reference anti join named using (source, raw)),
    bases as (${baseRows(sources)}),
    meanings as (
      select w.source, w.raw, regexp_replace(substr(w.raw, length(b.base) + 2), '/_history/[^/]*$', '') as target,
        1 as rank
      from written w join bases b on b.source = w.source and starts_with(w.raw, b.base || '/')
      ${isConditional ? CONDITIONAL : ''}
      union
      select w.source, w.raw, r.type || '/' || r.id, 3
      from written w
      join record r on r.source = w.source and r.id = substr(w.raw, length('urn:uuid:') + 1)
      where starts_with(w.raw, 'urn:uuid:')
    ),
    best as (
      from meanings qualify rank = min(rank) over (partition by source, raw)
    )
    select source, raw, target from named where is_clear
    union all
    select source, raw, min(target) from best group by source, raw having min(target) = max(target)`);
}

/** What references by identifier mean. */
const CONDITIONAL = `union
      select w.source, w.raw, f.type || '/' || f.id, 2
      from written w
      join named_record f on f.source = w.source
        and f.type = split_part(w.raw, '?identifier=', 1)
        and coalesce(f.system, '') || '|' || f.value = split_part(w.raw, '?identifier=', 2)
      where contains(w.raw, '?identifier=')`;

function baseRows(sources: readonly IdentitySource[]): string {
  const rows = sources.flatMap(({ name, baseUrl }) =>
    baseUrl === undefined
      ? []
      : [`select ${sqlString(name)} as source, ${sqlString(baseUrl.replace(/\/+$/, ''))} as base`],
  );
  return rows.length === 0
    ? 'select null::varchar as source, null::varchar as base where false'
    : rows.join(' union all ');
}
