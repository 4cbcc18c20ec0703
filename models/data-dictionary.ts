import type { MartDeclaration } from './mart-declaration.ts';

/** The data dictionary as Markdown: every mart with its grain, owner, version, keys and columns. Pure. */
export function dataDictionary(marts: readonly MartDeclaration[]): string {
  const head = `# Data dictionary

Every mart, as \`models/marts/*.yaml\` declares it. Written by \`chiasm models dictionary\`; a test holds it up to date.

| Mart | One row per | Owner | Version |
|---|---|---|---|
${marts.map((mart) => `| [${mart.name}](#${mart.name}) | ${mart.grain.replace('one row per ', '')} | ${mart.owner} | ${mart.version} |`).join('\n')}
`;
  return [head, ...marts.map(martSection)].join('\n');
}

function martSection(mart: MartDeclaration): string {
  const references = mart.references.map(
    (each) => `\`${each.columns.join(', ')}\` → [${each.mart}](#${each.mart}) (\`${each.to.join(', ')}\`)`,
  );
  const traces = mart.traces.map(
    ({ columns, named_by, find }) =>
      `\`${columns.join(', ')}\` → ${named_by === undefined ? '' : `the table in \`${named_by}\`: `}${find
        .map(({ table }) => `\`${table}\``)
        .join(', ')}`,
  );
  return `## ${mart.name}

${mart.title}: ${cell(mart.description)}
${mart.deprecated === undefined ? '' : `\n**Deprecated since ${mart.deprecated.since}**; use ${mart.deprecated.use}.\n`}
Key: \`${mart.key.join(', ')}\`.${references.length === 0 ? '' : ` Refers to: ${references.join('; ')}.`}
${traces.length === 0 ? '' : `\nOpens to: ${traces.join('; ')}.\n`}
| Column | Type | Unit | Empty | Meaning |
|---|---|---|---|---|
${mart.columns.map(columnRow).join('\n')}
`;
}

function columnRow(column: MartDeclaration['columns'][number]): string {
  const { name, type, unit = '', nullable, description, deprecated } = column;
  const note =
    deprecated === undefined ? '' : ` **Deprecated since ${deprecated.since}**; use ${deprecated.use}.`;
  return `| \`${name}\` | ${type} | ${unit} | ${nullable ? 'may be' : 'never'} | ${cell(description)}${note} |`;
}

function cell(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}
