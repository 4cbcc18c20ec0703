import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString, sqlStringList } from '../../base/sql-text.ts';
import { chunkReader } from '../warehouse/chunk-reader.ts';
import { queryCount } from '../warehouse/duckdb.ts';
import { type IdentityGraph, listsOf } from './identity-graph.ts';
import { ruleNumber } from './link-evidence.ts';
import { LINK_STATUSES, type LinkResult } from './link-groups.ts';

/** What systems write where they know no birth date. It says nothing of anybody. */
const PLACEHOLDER_BIRTH_DATES = ['0001-01-01', '1800-01-01', '1900-01-01', '1901-01-01', '1970-01-01'];

/** Reads the graph that `collectEvidence` left, with what `fact` says of its nodes' birth dates and sexes. */
export async function readGraph(connection: DuckDBConnection): Promise<IdentityGraph> {
  await connection.run(`
    create or replace temp table graph_fact as
    select distinct g.number, f.kind, f.value
    from fact f join graph_node g on g.node = f.node
    where f.type in ('Patient', 'DicomInstance') and (
      (f.kind = 'birth-date' and f.value not in (${PLACEHOLDER_BIRTH_DATES.map(sqlString).join(', ')}))
      or (f.kind = 'sex' and f.value in ('male', 'female')))`);
  const [isPatient = EMPTY, sources = EMPTY, sexes = EMPTY] = await readIntegers(
    connection,
    `select is_patient::integer, source, coalesce(sex, 0) from graph_node
     left join (
       select number, bit_or(if(value = 'male', 1, 2))::integer as sex from graph_fact where kind = 'sex' group by number
     ) using (number)
     order by number`,
    3,
  );
  const [born = EMPTY, dates = EMPTY] = await readIntegers(
    connection,
    `select number, dense_rank() over (order by value)::integer from graph_fact where kind = 'birth-date'
     order by number, value`,
    2,
  );
  const [rules = EMPTY] = await readIntegers(
    connection,
    `select (${ruleNumber('rule')})::integer from evidence order by number`,
    1,
  );
  const [evidence = EMPTY, members = EMPTY] = await readIntegers(
    connection,
    'select evidence, node from evidence_member order by evidence, node',
    2,
  );
  return {
    size: isPatient.length,
    isPatient: Uint8Array.from(isPatient),
    sources,
    sexes: Uint8Array.from(sexes),
    birthDates: listsOf(isPatient.length, born, dates),
    rules: Uint8Array.from(rules),
    evidence: listsOf(rules.length, evidence, members),
  };
}

const EMPTY = new Int32Array(0);

/** The columns of a query that gives INTEGERs, none of them NULL. */
async function readIntegers(
  connection: DuckDBConnection,
  sql: string,
  width: number,
): Promise<readonly Int32Array[]> {
  await connection.run(`create or replace temp table integer_row as ${sql}`);
  const count = await queryCount(connection, 'select count(*) from integer_row');
  const columns = Array.from({ length: width }, () => new Int32Array(count));
  const result = await connection.stream('from integer_row');
  const next = chunkReader(result);
  let row = 0;
  for (;;) {
    const chunk = await next();
    if (chunk === undefined) break;
    for (const [index, column] of columns.entries())
      column.set(chunk.getColumnValues(index) as number[], row);
    row += chunk.rowCount;
  }
  await connection.run('drop table integer_row');
  return columns;
}

/**
 * Makes `component` (node, component), and `verdict` (node, rule, status, confidence): what was decided about each
 * node, once per piece of evidence.
 */
export async function writeResult(connection: DuckDBConnection, result: LinkResult): Promise<void> {
  await connection.run(`
    create or replace temp table joined_node (number integer, component integer);
    create or replace temp table contested_node (number integer);
    create or replace temp table judged (number integer, status integer, confidence double)`);
  const joined = await connection.createAppender('joined_node', null, 'temp');
  for (const [component, nodes] of result.components.entries()) {
    for (const node of nodes) {
      joined.appendInteger(node);
      joined.appendInteger(component);
      joined.endRow();
    }
  }
  joined.closeSync();
  const contested = await connection.createAppender('contested_node', null, 'temp');
  for (const [node, is] of result.isContested.entries()) {
    if (is === 0) continue;
    contested.appendInteger(node);
    contested.endRow();
  }
  contested.closeSync();
  const judged = await connection.createAppender('judged', null, 'temp');
  for (const [evidence, status] of result.statuses.entries()) {
    judged.appendInteger(evidence);
    judged.appendInteger(status);
    judged.appendDouble(result.confidences[evidence] ?? 0);
    judged.endRow();
  }
  judged.closeSync();
  await connection.run(`
    create or replace temp table component as
    select g.node, j.component from joined_node j join graph_node g using (number);
    create or replace temp table verdict as
    select g.node, e.rule,
      if(c.number is null, ${sqlStringList(LINK_STATUSES)}[j.status + 1], 'conflict') as status,
      if(c.number is null, j.confidence, 0) as confidence
    from evidence_member m
    join evidence e on e.number = m.evidence
    join judged j on j.number = m.evidence
    join graph_node g on g.number = m.node
    left join contested_node c on c.number = m.node and e.rule <> 'patient-link'`);
}
