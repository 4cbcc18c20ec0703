import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { ChiasmError } from '../../base/error.ts';
import { isMissing, writeDurably } from '../../base/files.ts';
import { sqlStringList } from '../../base/sql-text.ts';
import { queryJson } from '../warehouse/duckdb.ts';

export interface GuardPolicy {
  /** Deletes of one source and type beyond this share of its records hold the publish. */
  readonly maxDeletedShare: number;
  /** So does a count that falls by this share. */
  readonly maxFallShare: number;
  /** Fewer deleted records than this never hold it: small numbers make large shares. */
  readonly ignoreBelow: number;
}

/**
 * An outage must not look like a mass delete. Throws `publish-held` when a source's deletes are more than the policy
 * allows and nobody has accepted the run that brought them. What has landed stays landed, and the published snapshot
 * stays current; once the run is accepted the next refresh publishes it.
 */
export async function guardDeletes(
  connection: DuckDBConnection,
  policy: GuardPolicy,
  accepted: readonly string[],
): Promise<void> {
  const rows = await queryJson(
    connection,
    `with before as (
       select source, type, count(*) as n from private.record where not is_deleted group by source, type
     ),
     change as (
       select r.source, r.type, any_value(r.run order by r.run desc) filter (r.is_deleted and not k.is_deleted) as run,
         count(*) filter (r.is_deleted and not k.is_deleted) as deleted,
         count(*) filter (not r.is_deleted and coalesce(k.is_deleted, true)) as added
       from record_new r left join private.record k on k.scope = r.scope
       where not list_contains(${sqlStringList(accepted)}::varchar[], r.run)
       group by r.source, r.type
     )
     select c.source, c.type, c.run, c.deleted::double as deleted, b.n::double as before
     from change c join before b using (source, type)
     where c.deleted >= ${policy.ignoreBelow}
       and (c.deleted > b.n * ${policy.maxDeletedShare} or c.deleted - c.added >= b.n * ${policy.maxFallShare})
     order by c.deleted desc`,
  );
  const worst = rows[0];
  if (worst === undefined) return;
  const { source, type, run } = worst;
  throw new ChiasmError(
    'publish-held',
    `${Number(worst['deleted'])} of ${Number(worst['before'])} ${String(type)} records of source ${String(source)} ` +
      `would be deleted; nothing was published. Is the source whole? If it is meant so: ` +
      `chiasm publish --accept ${String(run)}`,
    { params: { source: String(source), type: String(type), run: String(run) } },
  );
}

const acceptedRuns = z.array(z.string());

/** The runs whose deletes somebody has looked at and accepted. */
export async function readAcceptedRuns(state: string): Promise<readonly string[]> {
  try {
    return acceptedRuns.parse(JSON.parse(await readFile(join(state, 'accepted-runs.json'), 'utf8')));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export async function acceptRun(state: string, run: string): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const runs = new Set([...(await readAcceptedRuns(state)), run]);
  await writeDurably(join(state, 'accepted-runs.json'), `${JSON.stringify([...runs])}\n`);
}
