import type { DuckDBConnection } from '@duckdb/node-api';
import { ChiasmError } from '../../base/error.ts';
import { sqlString } from '../../base/sql-text.ts';
import type { PrivacyProfile } from '../../models/privacy-profile.ts';
import { type IdentitySource, resolveReferences } from '../identity/nodes.ts';
import { planFlatten } from '../privacy/flatten-sql.ts';
import type { ViewPlan } from '../view/plan.ts';
import { printView, type Scan } from '../view/sql.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { WarehouseWriter } from './warehouse-writer.ts';

export interface FlattenContext {
  readonly connection: DuckDBConnection;
  readonly writer: WarehouseWriter;
  readonly sources: readonly IdentitySource[];
  readonly profile: PrivacyProfile;
  /** ISO date at which ages are counted. */
  readonly ageDate: string;
}

/**
 * Makes `person_key` (person_id, patient_key, shift) and `owned_record` (path, type, id, source, patient_key,
 * shift): whose each record is under the pseudonyms of this project. Each person is hashed once.
 */
export async function pseudonymisePersons(
  connection: DuckDBConnection,
  profile: PrivacyProfile,
): Promise<void> {
  const shifted = profile.dates === 'shifted';
  await connection.run(`
    create or replace temp table person_key as
    select person_id, pseudonym_hex('person', person_id::varchar)::uuid as patient_key,
      shift_days(person_id::varchar) as shift
    from (select distinct person_id from record_person where person_id is not null);
    create or replace temp table owned_record as
    select r.path, r.type, r.id, r.source, k.patient_key, ${shifted ? 'k.shift' : '0'} as shift
    from record r
    join record_person p on p.source = r.source and p.type = r.type and p.id = r.id
    left join person_key k on k.person_id = p.person_id`);
}

/** Flattens the records of one view into its staging table. */
export async function flattenView(plan: ViewPlan, context: FlattenContext): Promise<void> {
  const { connection } = context;
  const flatten = planFlatten(plan, context.profile, context.ageDate);
  const type = sqlString(plan.resource);
  const rows = await queryJson(
    connection,
    `select distinct path from owned_record where type = ${type} order by 1`,
  );
  const scan = scanOf(rows.map((row) => String(row['path'])));
  try {
    await connection.run(`
      create or replace temp table view_row as
      select v.* exclude (__filename, __id), o.source as __source, o.patient_key as __patient_key,
        o.shift as __shift
      from (${printView(plan, scan)}) v
      join owned_record o on o.type = ${type} and o.path = v.__filename and o.id = v.__id`);
    if (flatten.writtenReferences !== undefined) {
      await resolveReferences(connection, context.sources, flatten.writtenReferences);
    }
    for (const sql of flatten.hashKeys) await connection.run(sql);
    await context.writer.write('staging', plan.name, flatten.select);
  } catch (error) {
    throw new ChiasmError('view-failed', `view ${plan.name} could not be flattened: ${reasonOf(error)}`, {
      params: { view: plan.name },
      cause: error,
    });
  }
}

function scanOf(files: readonly string[]): Scan {
  if (files.length > 0) return { kind: 'files', files, carry: ['filename', 'id'] };
  const sql = 'select null::json as json, null::varchar as filename, null::varchar as id where false';
  return { kind: 'json-relation', sql, carry: ['filename', 'id'] };
}

/** DuckDB quotes input in some of its messages, so only the kind of error is passed on. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const own = /view [a-z0-9_]+, column [A-Za-z0-9_]+: [a-z ]+/.exec(message)?.[0];
  return own ?? /^[A-Za-z ]+ Error/.exec(message)?.[0] ?? 'internal error';
}
