import type { Relationship } from './relationships.ts';
import type { Role } from './roles.ts';

/** A measure that Power BI has no exact words for. */
export interface LeftOut {
  readonly name: string;
  readonly description: string;
  readonly reason: string;
}

interface Contents {
  readonly tables: number;
  readonly measures: number;
  readonly leftOut: readonly LeftOut[];
  readonly relationships: readonly Relationship[];
  readonly roles: readonly Role[];
}

/** The page of a project: how to open it, and what in it differs from the semantic layer. */
export function projectReadme({ tables, measures, leftOut, relationships, roles }: Contents): string {
  const inactive = relationships.filter(({ isActive }) => !isActive);
  return [
    `# Chiasm in Power BI

Made by \`chiasm connect powerbi\` from the marts and the semantic layer: ${tables} tables, ${measures} measures,
${relationships.length} relationships, ${roles.length} roles. It follows Microsoft's description of projects and TMDL; it has not been opened in Power BI
Desktop by those who made it.

1. Open \`Chiasm.pbip\` in Power BI Desktop. Older versions want *Options → Preview features*: projects, TMDL and PBIR.
2. *Transform data → Edit parameters* changes Server and Database.
3. *Refresh*, and sign in under *Database*.

The semantic model is written anew by \`chiasm connect powerbi --force\`: changes of yours in \`Chiasm.SemanticModel\` are lost, so keep
measures of your own in the report or in a model on top of it. The report is written once and then left alone. After an upgrade of Chiasm
delete \`Chiasm.SemanticModel\` first: a table that is gone would stay.

## Measures

A name is the title of the table and that of the measure. Counts of nothing are blank where the semantic layer says 0. Power BI compares
text without regard to case; the conditions of measures compare columns of fixed lists. Measures follow the relationships below, where the
semantic layer knows which table a question starts from. Times with a zone are shown as Power BI converts them.
`,
    table(
      'These measures have no exact counterpart in DAX and are left out. Ask the semantic layer for them: `MEASURE()` over the schema `cube` by SQL, or REST.',
      ['Measure', 'What', 'Why'],
      leftOut.map(({ name, description, reason }) => [name, description, reason]),
    ),
    `## Relationships

Power BI allows one active way between two tables. Where several are declared, the active one loses no rows: a treatment whose tumour is not
known still has a person. The others are there, inactive. A measure of your own takes one:
\`CALCULATE([Treatments: Treatments], USERELATIONSHIP('treatments'[diagnosis_key], 'cancer_diagnoses'[diagnosis_key]))\`. Without it,
a column of the other table does not split a figure: every line shows the total.
`,
    table(
      '',
      ['From', 'To (inactive)'],
      inactive.map(({ from, to }) => [`\`${from.mart}.${from.column}\``, `\`${to.mart}.${to.column}\``]),
    ),
    rolesText(roles),
    `## Incremental refresh

Every table is imported whole. A table that grows every night can renew its newest rows only: make the parameters RangeStart and RangeEnd
(date/time), filter \`lab_results.result_date\`, \`patient_events.event_date\` or \`encounters.start_date\` by them in the query, and set
*Incremental refresh* of the table. Not under the research profile, whose dates are shifted per patient: newest rows are not at the end. A
correction of an older row is seen when its partition is renewed.
`,
  ].join('\n');
}

function rolesText(roles: readonly Role[]): string {
  if (roles.length === 0) {
    return `## Roles

None: \`sql.groups\` is not set, so every user reads all marts.
`;
  }
  const rows = roles.map(({ group, closed, filtered }) => [group, names(closed), names(filtered)]);
  return `## Roles

One per group of \`sql.groups\`. Give people their roles in the service (*Security* of the semantic model); they hold for readers of the
workspace, not for its editors. A closed table has no rows; a table below it in the relationships has none, either. Whoever refreshes the
model imports what the user of the data source may read.

${table('', ['Role', 'Closed', 'Empty, as a closed table filters it'], rows)}`;
}

function names(marts: readonly string[]): string {
  return marts.length === 0 ? '–' : marts.map((mart) => `\`${mart}\``).join(', ');
}

function table(head: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
  const lines = [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)];
  return `${head === '' ? '' : `${head}\n\n`}${lines.join('\n')}\n`;
}
