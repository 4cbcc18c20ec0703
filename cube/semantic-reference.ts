import type { MetaCube, MetaMember } from './portable-core.ts';

/** The public views of the semantic layer as one page of Markdown, from what `/meta` answers. */
export function semanticReference(cubes: readonly MetaCube[]): string {
  const views = cubes
    .filter((cube) => cube.type === 'view' && cube.isVisible !== false)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const index = views.map(
    (view) =>
      `| [${view.name}](#${view.name}) | ${cell(view.description)} | ${view.measures.length} | ${view.dimensions.length} |`,
  );
  return `${HEAD}
| View | What | Measures | Dimensions |
|---|---|---|---|
${index.join('\n')}

${views.map(viewText).join('\n')}`;
}

const HEAD = `# Semantic layer

Every public view of Cube, over REST (\`/cubejs-api/v1\`) and for tools that read its meta. Made from the model and the
declarations of the marts by \`chiasm models semantic-layer\`; a test holds it up to date. Units are UCUM or what is counted; 1
is a number without unit, and a share is between 0 and 1.
`;

function viewText(view: MetaCube): string {
  const parts = [
    `## ${view.name}\n\n${view.title}. ${view.description ?? ''}\n`,
    table('Measure', view.measures, view.name),
    table('Dimension', view.dimensions, view.name),
  ];
  if (view.segments.length > 0) {
    const rows = view.segments.map((each) => `| \`${short(each.name)}\` | ${cell(each.description)} |`);
    parts.push(`| Segment | What |\n|---|---|\n${rows.join('\n')}\n`);
  }
  if (view.hierarchies.length > 0) {
    const lines = view.hierarchies.map(
      ({ name, title, levels }) =>
        `- \`${short(name)}\` (${title}): ${levels.map((level) => `\`${short(level)}\``).join(' → ')}`,
    );
    parts.push(`Hierarchies:\n\n${lines.join('\n')}\n`);
  }
  return parts.join('\n');
}

function table(head: string, members: readonly MetaMember[], view: string): string {
  const rows = members.map(
    (member) =>
      `| \`${short(member.name)}\` | ${cell(member.shortTitle)} | ${kindOf(member)} | ${unitOf(member)} | ${cell(member.description)} |`,
  );
  if (rows.length === 0) throw new Error(`${view} has no ${head.toLowerCase()}`);
  return `| ${head} | Title | Type | Unit | What |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function kindOf({ type, aggType }: MetaMember): string {
  return aggType === undefined || aggType === 'number'
    ? type
    : aggType.replace('countDistinct', 'count distinct');
}

function unitOf({ meta }: MetaMember): string {
  return meta?.unit_in === undefined ? (meta?.unit ?? '') : `as in \`${meta.unit_in}\``;
}

function short(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}
