import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';
import { LINK_RULES } from './identity-graph.ts';
import type { IdentitySource } from './identity-source.ts';
import type { LinkPolicy } from './link-groups.ts';
import { isPatientNode, withoutVersion } from './nodes.ts';

/** How much a rule is worth where nothing contradicts it. */
export const LINK_POLICY: LinkPolicy = {
  confidence: { 'patient-link': 1, identifier: 0.99, 'study-uid': 0.98, accession: 0.95 },
  sharedIdentifier: 0.92,
  unconfirmedIdentifier: 0.5,
  minConfidence: 0.9,
};

/**
 * Collects what could join nodes, because they share an identifier, an accession number, a study or a `Patient.link`,
 * and numbers it from 0. Reads `fact` (with `node` and `is_own`), `reference_target` and `own_target`; makes:
 *
 * - `graph_node` (number, node, source, is_patient): the nodes that share something
 * - `evidence` (number, rule, name) and `evidence_member` (evidence, node): what they share
 */
export async function collectEvidence(
  connection: DuckDBConnection,
  sources: readonly IdentitySource[],
): Promise<void> {
  await connection.run(`
    create or replace temp table patient_issuer as ${mapRows(sources, (source) => source.patientIdIssuers)};
    create or replace temp table accession_issuer as ${mapRows(sources, (source) => source.accessionIssuers)};
    create or replace temp table dicom_source as ${dicomSourceRows(sources)};
    create or replace temp table evidence_node as
    with placed as (from fact where node is not null and not is_own),
    patient_id as (
      select source, value, node, if(kind = 'patient-id', coalesce(system, d.default_issuer), system) as issuer
      from placed left join dicom_source d using (source)
      where type = 'DicomInstance' and kind in ('patient-id', 'other-patient-id')
    ),
    accession as (
      select source, value, node, system as issuer from placed where kind = 'accession' and type = 'DicomInstance'
    )
    select distinct 'identifier' as rule, system || '|' || value as name, node from placed
    where type = 'Patient' and kind = 'identifier'
    union
    select 'identifier', coalesce(i.system, ${unknownIssuer('p')}) || '|' || p.value, p.node
    from patient_id p left join patient_issuer i on i.source = p.source and i.issuer = p.issuer
    where p.issuer is not null
    union
    select 'accession', system || '|' || value, node from placed
    where kind = 'accession' and type <> 'DicomInstance' and system is not null
    union
    select 'accession', coalesce(i.system, if(contains(a.issuer, ':'), a.issuer, ${unknownIssuer('a')}),
      d.accession_system) || '|' || a.value, a.node
    from accession a
    left join accession_issuer i on i.source = a.source and i.issuer = a.issuer
    left join dicom_source d on d.source = a.source
    where coalesce(a.issuer, d.accession_system) is not null
    union
    select 'study-uid', value, node from placed where kind = 'study-uid'
    union
    select 'patient-link', p.node || ' ' || p.value, unnest([p.node, p.source || '|' ||
      coalesce(o.target, t.target, ${withoutVersion('p.value')})])
    from placed p
    left join reference_target t on t.source = p.source and t.raw = ${withoutVersion('p.value')}
    left join own_target o on o.scope = p.scope and o.raw = ${withoutVersion('p.value')}
    where p.type = 'Patient' and p.kind = 'link'
      and (p.value like '%Patient/%' or coalesce(o.target, t.target) like 'Patient/%');
    create or replace temp table evidence as
    select rule, name, (row_number() over (order by rule, name) - 1)::integer as number
    from evidence_node group by rule, name having min(node) <> max(node);
    create or replace temp table graph_node as
    select node, (row_number() over (order by node) - 1)::integer as number,
      (dense_rank() over (order by split_part(node, '|', 1)))::integer as source, ${isPatientNode('node')} as is_patient
    from (select distinct node from evidence_node semi join evidence using (rule, name));
    create or replace temp table evidence_member as
    select e.number as evidence, g.number as node
    from evidence_node n join evidence e using (rule, name) join graph_node g on g.node = n.node;
    drop table evidence_node`);
}

/** A name that only the source understands. */
function unknownIssuer(row: string): string {
  return `('dicom-issuer:' || ${row}.source || ':' || ${row}.issuer)`;
}

/** SQL for the place of a rule in LINK_RULES. */
export function ruleNumber(rule: string): string {
  return `list_position([${LINK_RULES.map(sqlString).join(', ')}], ${rule}) - 1`;
}

function mapRows(
  sources: readonly IdentitySource[],
  mapOf: (source: IdentitySource) => Readonly<Record<string, string>> | undefined,
): string {
  const rows = sources.flatMap((source) =>
    Object.entries(mapOf(source) ?? {}).map(
      ([issuer, system]) =>
        `select ${sqlString(source.name)} as source, ${sqlString(issuer)} as issuer, ${sqlString(system)} as system`,
    ),
  );
  return rows.length === 0
    ? 'select null::varchar as source, null::varchar as issuer, null::varchar as system where false'
    : rows.join(' union all ');
}

function dicomSourceRows(sources: readonly IdentitySource[]): string {
  const text = (value: string | undefined): string =>
    value === undefined ? 'null::varchar' : sqlString(value);
  return sources
    .map(
      (source) =>
        `select ${sqlString(source.name)} as source, ${text(source.defaultIssuer)} as default_issuer, ` +
        `${text(source.accessionSystem)} as accession_system`,
    )
    .join(' union all ');
}
