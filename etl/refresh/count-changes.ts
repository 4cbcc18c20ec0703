import type { DuckDBConnection } from '@duckdb/node-api';
import { queryJson } from '../warehouse/duckdb.ts';
import type { TypeFate } from './reconcile-records.ts';
import type { TypeRecord } from './run-record.ts';

/** How many records differ from what is published. */
export type Changes = Pick<TypeRecord, 'recordsNew' | 'recordsChanged' | 'recordsDeleted'>;
export type TypeChanges = Changes & Pick<TypeRecord, 'source' | 'type'>;

/** Compares the touched records with what is published, by source and type. */
export async function countChanges(connection: DuckDBConnection): Promise<readonly TypeChanges[]> {
  const rows = await queryJson(
    connection,
    `select r.source, r.type,
       (count(*) filter (coalesce(k.is_deleted, true) and not r.is_deleted))::double as new,
       (count(*) filter (not k.is_deleted and not r.is_deleted and k.content_hash <> r.content_hash))::double as changed,
       (count(*) filter (not k.is_deleted and r.is_deleted))::double as deleted
     from record_new r left join private.record k on k.scope = r.scope
     where r.scope in (select scope from touched) and r.scope in (select scope from versioned)
     group by r.source, r.type order by r.source, r.type`,
  );
  return rows.map((row) => ({
    source: String(row['source']),
    type: String(row['type']),
    recordsNew: Number(row['new']),
    recordsChanged: Number(row['changed']),
    recordsDeleted: Number(row['deleted']),
  }));
}

export function sumChanges(changes: readonly Changes[]): Changes {
  const sum = (name: keyof Changes): number => changes.reduce((all, each) => all + each[name], 0);
  return {
    recordsNew: sum('recordsNew'),
    recordsChanged: sum('recordsChanged'),
    recordsDeleted: sum('recordsDeleted'),
  };
}

export function withChanges(
  fates: readonly TypeFate[],
  changes: readonly TypeChanges[],
): readonly TypeRecord[] {
  return fates.map((fate) => {
    const own = changes.filter(({ source, type }) => source === fate.source && type === fate.type);
    return { ...fate, ...sumChanges(own) };
  });
}
