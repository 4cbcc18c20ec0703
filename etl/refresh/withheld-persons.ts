import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';

/** SQL for whether a birth date makes somebody 90 or older at the day from which ages count. */
function isNinety(fact: string, ageDate: string): string {
  return `try_cast(${fact}.value as date) <= date ${sqlString(ageDate)} - interval 90 year`;
}

/**
 * Makes `withheld_person` (person_id): people of 90 and over, whose ages anywhere would give their year of birth away.
 * A person who becomes or ceases to be one because a birth date was corrected has all of their records touched.
 */
export async function findWithheldPersons(connection: DuckDBConnection, ageDate: string): Promise<void> {
  await connection.run(`
    create or replace temp table withheld_person as
    select distinct p.person_id from fact f join node_person p on p.node = f.node
    where f.kind = 'birth-date' and ${isNinety('f', ageDate)};
    create or replace temp table corrected_person as
    with corrected as (
      select r.scope, r.person_id from record_new r
      join private.fact f on f.scope = r.scope and f.kind = 'birth-date'
      where r.scope in (select scope from touched)
    ),
    was as (
      select k.person_id, bool_or(${isNinety('f', ageDate)}) as was_withheld
      from private.record k join private.fact f on f.scope = k.scope and f.kind = 'birth-date'
      where k.person_id in (select person_id from corrected)
      group by k.person_id
    )
    select person_id from was where was_withheld <> (person_id in (select person_id from withheld_person));
    insert into record_new by name
    select k.* from private.record k
    where k.person_id in (select person_id from corrected_person) and k.scope not in (select scope from record_new);
    insert into touched select scope from record_new where person_id in (select person_id from corrected_person)`);
}
