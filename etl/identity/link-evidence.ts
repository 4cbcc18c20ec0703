import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlString } from '../../base/sql-text.ts';
import { queryJson } from '../warehouse/duckdb.ts';
import type { EvidenceGroup, LinkPolicy, LinkRule, NodeFacts } from './link-groups.ts';
import type { IdentitySource } from './nodes.ts';

/** How much a rule is worth where nothing contradicts it. */
export const LINK_POLICY: LinkPolicy = {
  confidence: { 'patient-link': 1, identifier: 0.99, 'study-uid': 0.98, accession: 0.95 },
  sharedIdentifier: 0.92,
  unconfirmedIdentifier: 0.5,
  minConfidence: 0.9,
};

/**
 * Collects what could join nodes: groups of nodes that share an identifier, an accession number, a study or a
 * `Patient.link`. Reads `fact` (with `node` and `is_own`) and `reference_target`.
 */
export async function collectEvidence(
  connection: DuckDBConnection,
  sources: readonly IdentitySource[],
): Promise<readonly EvidenceGroup[]> {
  await connection.run(`create or replace temp table issuer as ${issuerRows(sources)}`);
  await connection.run(`create or replace temp table dicom_source as ${dicomSourceRows(sources)}`);
  const rows = await queryJson(
    connection,
    `with placed as (from fact where node is not null and not is_own),
     identifier as (
       select distinct 'identifier' as rule, system || '|' || value as name, node from placed
       where type = 'Patient' and kind = 'identifier'
       union
       select distinct 'identifier', coalesce(i.system, 'dicom-issuer:' || p.system) || '|' || p.value, p.node
       from (
         select placed.* replace (coalesce(placed.system, d.default_issuer) as system)
         from placed left join dicom_source d on d.source = placed.source
         where type = 'DicomInstance' and kind in ('patient-id', 'other-patient-id')
       ) p
       left join issuer i on i.source = p.source and i.issuer = p.system
       where p.system is not null
     ),
     accession as (
       select distinct 'accession' as rule, system || '|' || value as name, node from placed
       where kind = 'accession' and type <> 'DicomInstance' and system is not null
       union
       select distinct 'accession', coalesce(d.accession_system, p.system) || '|' || p.value, p.node
       from placed p left join dicom_source d on d.source = p.source
       where p.kind = 'accession' and p.type = 'DicomInstance'
         and coalesce(d.accession_system, p.system) is not null
     ),
     study as (
       select distinct 'study-uid' as rule, value as name, node from placed where kind = 'study-uid'
     ),
     link as (
       select distinct 'patient-link' as rule, p.node || ' ' || p.value as name, unnest([p.node, p.source || '|' ||
         coalesce(t.target, regexp_replace(p.value, '/_history/[^/]*$', ''))]) as node
       from placed p left join reference_target t on t.source = p.source and t.raw = p.value
       where p.type = 'Patient' and p.kind = 'link' and (p.value like '%Patient/%' or t.target like 'Patient/%')
     ),
     evidence as (
       from identifier union all from accession union all from study union all from link
     )
     select rule, list(distinct node order by node) as nodes from evidence
     group by rule, name having count(distinct node) > 1 order by rule, name`,
  );
  return rows.map((row) => ({
    rule: row['rule'] as LinkRule,
    nodes: row['nodes'] as unknown as readonly string[],
  }));
}

/** The demographics that can contradict a link, for the nodes that could be linked. */
export async function collectNodeFacts(
  connection: DuckDBConnection,
): Promise<ReadonlyMap<string, NodeFacts>> {
  const rows = await queryJson(
    connection,
    `select f.node,
       list(distinct f.value) filter (f.kind = 'birth-date') as birth_dates,
       list(distinct f.value) filter (f.kind = 'sex' and f.value in ('male', 'female')) as sexes
     from fact f
     where f.kind in ('birth-date', 'sex') and f.type in ('Patient', 'DicomInstance') and f.node is not null
     group by f.node`,
  );
  return new Map(
    rows.map((row) => [
      String(row['node']),
      {
        birthDates: (row['birth_dates'] ?? []) as unknown as readonly string[],
        sexes: (row['sexes'] ?? []) as unknown as readonly string[],
      },
    ]),
  );
}

function issuerRows(sources: readonly IdentitySource[]): string {
  const rows = sources.flatMap((source) =>
    Object.entries(source.patientIdIssuers ?? {}).map(
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
