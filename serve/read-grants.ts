import type { ReadGrants } from '../cube/access-policy.ts';
import { type GroupGrants, mayGroupRead } from './sql/grants.ts';

/** The grants of the SQL endpoint as the semantic layer asks for them: who may not read a table meets it in no view. */
export function readGrants(groups: GroupGrants): ReadGrants {
  return {
    groups: Object.keys(groups),
    mayRead: (group, schema, table) => mayGroupRead(groups, group, schema, table),
  };
}
