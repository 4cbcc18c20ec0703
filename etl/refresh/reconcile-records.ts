import type { DuckDBConnection } from '@duckdb/node-api';
import { landedTableSql } from '../landing/landing-catalog.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { TypeRecord } from './run-record.ts';
import { unaccounted } from './unaccounted.ts';

/** What became of the landed lines of one source and type. */
export type TypeFate = Pick<
  TypeRecord,
  'source' | 'type' | 'read' | 'current' | 'deleted' | 'shadowed' | 'superseded' | 'bytes'
>;

/**
 * Follows each landed version and deletion into `private.record` as it will be published: it is the record's newest
 * (current, deleted or shadowed), or the record has a newer one, which has superseded it. Cost follows the lines.
 *
 * @throws ChiasmError `unaccounted-lines`
 */
export async function reconcileRecords(
  connection: DuckDBConnection,
  landing: string,
  runs: readonly LandingManifest[],
): Promise<readonly TypeFate[]> {
  const withRecords = runs.filter((run) => run.records > 0);
  if (withRecords.length === 0) return [];
  const rows = await queryJson(
    connection,
    `with line as (
       select hash(source, type, id) as scope, * from (${landedTableSql(landing, withRecords, 'index')})
     ),
     known as (
       select * from private.record r semi join (select distinct scope from line) l on l.scope = r.scope
     ),
     fate as (
       select l.source, l.type, l.byte_length,
         case
           when k.scope is null or (k.source, k.type, k.id) <> (l.source, l.type, l.id) then 'lost'
           when (k.run, k.ordinal) = (l.run, l.ordinal) then
             case when k.is_deleted <> l.is_deleted then 'lost' when k.is_deleted then 'deleted'
               when k.is_shadowed then 'shadowed' else 'current' end
           when (not k.is_subsetted, k.order_time, k.run, k.ordinal)
             > (not l.is_subsetted, l.order_time, l.run, l.ordinal) then 'superseded'
           else 'lost' end as fate
       from line l left join known k on k.scope = l.scope
     )
     select source, type, count(*)::double as read, sum(byte_length)::double as bytes,
       ${FATES.map((fate) => `(count(*) filter (fate = '${fate}'))::double as ${fate}`).join(', ')}
     from fate group by source, type order by source, type`,
  );
  return rows.map((row) => {
    const count = (name: string): number => Number(row[name]);
    const fate: TypeFate = {
      source: String(row['source']),
      type: String(row['type']),
      read: count('read'),
      current: count('current'),
      deleted: count('deleted'),
      shadowed: count('shadowed'),
      superseded: count('superseded'),
      bytes: count('bytes'),
    };
    const known = fate.current + fate.deleted + fate.shadowed + fate.superseded;
    if (known !== fate.read) {
      const { source, type } = fate;
      throw unaccounted(`source ${source}, versions of ${type}`, fate.read, known, { source, type });
    }
    return fate;
  });
}

const FATES = ['current', 'deleted', 'shadowed', 'superseded'] as const;
