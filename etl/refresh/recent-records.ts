import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileLayout } from './file-layout.ts';

const RECENT_SHARE = 0.1;

/**
 * What changes in a night is mostly what changed lately, whatever the order in which a source exported it at first. A
 * table that is written anew keeps the rows of the newest tenth of its records in files of their own, the newest ones in
 * small files, so that the next nights rewrite those and leave the rest where it is.
 */
export class RecentRecords {
  readonly layout: FileLayout;
  readonly #connection: DuckDBConnection;
  #isMade = false;

  constructor(connection: DuckDBConnection, layout: FileLayout) {
    this.layout = layout;
    this.#connection = connection;
  }

  /**
   * Makes `recent_record` once: scope, type and key (as `getResourceKey()` gives it) of the newest records of each
   * type, and the number of the file, 0 for the newest. Needs the functions of `PSEUDONYM_SQL`.
   */
  async make(): Promise<void> {
    if (this.#isMade) return;
    await this.#connection.run(`
      create or replace temp table recent_record as
      with known as (
        select scope, source, type, id, epoch_ms(try_cast(order_time as timestamptz)) as time from record_new
        where not is_deleted
        union all
        select scope, source, type, id, epoch_ms(try_cast(order_time as timestamptz)) from private.record
        where not is_deleted and scope not in (select scope from record_new)
      ),
      boundary as (
        select type, approx_quantile(time, ${1 - RECENT_SHARE}) as time from known
        group by type having count(*) >= ${this.layout.manyRecords}
      ),
      recent as (
        select k.*, row_number() over (partition by k.type order by k.time desc, k.scope) as nth
        from known k join boundary b on b.type = k.type and k.time > b.time
      )
      select scope, type, pseudonym_hex('key', source || '|' || type || '/' || id)::uuid as key,
        floor(log2((nth - 1) / ${this.layout.newestRecords} + 1))::integer as part
      from recent`);
    this.#isMade = true;
  }
}
