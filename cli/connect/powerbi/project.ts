import type { AuthoredMember, CompletedCube } from '../../../cube/mart-cube.ts';
import type { MartDeclaration } from '../../../models/mart-declaration.ts';
import type { Target } from '../target.ts';
import { translateMeasure } from './dax-measure.ts';
import { type LeftOut, projectReadme } from './readme.ts';
import { relationshipObject, relationshipsOf } from './relationships.ts';
import { platformFile, projectFile, reportFiles, semanticModelFile } from './report.ts';
import { roleFile, roleObject, rolesOf } from './roles.ts';
import { type DaxMeasure, tableObject } from './table.ts';
import { lineageTag, type TmdlObject, tmdlName, tmdlText } from './tmdl.ts';

const NAME = 'Chiasm';

/** A Power BI project (PBIP), by path below its folder. */
export interface PowerBiProject {
  /** The project and its semantic model in TMDL. */
  readonly files: Readonly<Record<string, string>>;
  /** An empty report, to begin with. */
  readonly report: Readonly<Record<string, string>>;
  readonly measures: { readonly translated: number; readonly leftOut: readonly LeftOut[] };
}

/** The project of all marts and of those measures of their cubes that DAX can say exactly. */
export function powerBiProject(
  target: Pick<Target, 'host' | 'port' | 'database' | 'groups'>,
  marts: readonly MartDeclaration[],
  cubes: readonly CompletedCube[],
): PowerBiProject {
  const relationships = relationshipsOf(marts);
  const roles = rolesOf(target.groups, marts, relationships);
  const tables = marts.map((mart) => ({ mart, ...membersOf(mart, cubes) }));
  const translated = tables.reduce((sum, { measures }) => sum + measures.length, 0);
  const leftOut = tables.flatMap((table) => table.leftOut);
  const definition = `${NAME}.SemanticModel/definition`;
  const files = {
    [`${NAME}.pbip`]: projectFile(NAME),
    'README.md': projectReadme({
      tables: tables.length,
      measures: translated,
      leftOut,
      relationships,
      roles,
    }),
    '.gitignore': '**/.pbi/localSettings.json\n**/.pbi/cache.abf\n',
    [`${NAME}.SemanticModel/.platform`]: platformFile('SemanticModel', NAME),
    [`${NAME}.SemanticModel/definition.pbism`]: semanticModelFile(),
    [`${definition}/database.tmdl`]: tmdlText([
      { declaration: `database ${NAME}`, properties: ['compatibilityLevel: 1600'] },
    ]),
    [`${definition}/model.tmdl`]: modelText(
      marts.map(({ name }) => name),
      roles.map(({ group }) => group),
    ),
    [`${definition}/expressions.tmdl`]: tmdlText([
      parameterObject('Server', `${target.host}:${target.port}`, 'Host and port of the SQL endpoint.'),
      parameterObject('Database', target.database, 'The database of the SQL endpoint.'),
    ]),
    [`${definition}/relationships.tmdl`]: tmdlText(relationships.map(relationshipObject)),
    ...Object.fromEntries(
      tables.map(({ mart, dimensions, measures }) => [
        `${definition}/tables/${mart.name}.tmdl`,
        tmdlText([tableObject(mart, dimensions, measures)]),
      ]),
    ),
    ...Object.fromEntries(
      roles.map((role) => [`${definition}/roles/${roleFile(role)}`, tmdlText([roleObject(role)])]),
    ),
  };
  return { files, report: reportFiles(NAME), measures: { translated, leftOut } };
}

interface Members {
  readonly dimensions: readonly AuthoredMember[];
  readonly measures: readonly DaxMeasure[];
  readonly leftOut: readonly LeftOut[];
}

function membersOf(mart: MartDeclaration, cubes: readonly CompletedCube[]): Members {
  const cube = cubes.find((each) => each.sql_table === `marts.${mart.name}`);
  const nameOf = (measure: AuthoredMember): string => `${mart.title}: ${measure['title'] ?? measure.name}`;
  const translated = (cube?.measures ?? []).map((measure) => ({
    measure,
    name: nameOf(measure),
    translation: translateMeasure(measure, { mart, measures: cube?.measures ?? [], nameOf }),
  }));
  return {
    dimensions: cube?.dimensions ?? [],
    measures: translated.flatMap(({ translation, ...each }) =>
      translation.kind === 'translated' ? [{ ...each, dax: translation.dax }] : [],
    ),
    leftOut: translated.flatMap(({ measure, name, translation }) =>
      translation.kind === 'left-out'
        ? [{ name, description: String(measure['description'] ?? ''), reason: translation.reason }]
        : [],
    ),
  };
}

function modelText(marts: readonly string[], groups: readonly string[]): string {
  const model: TmdlObject = {
    declaration: 'model Model',
    properties: [
      'culture: en-US',
      'defaultPowerBIDataSourceVersion: powerBI_V3',
      'sourceQueryCulture: en-US',
      'dataAccessOptions\n\tlegacyRedirects\n\treturnErrorValuesAsNull',
    ],
  };
  const references = [
    ...marts.map((mart) => `ref table ${tmdlName(mart)}`),
    ...groups.map((group) => `ref role ${tmdlName(group)}`),
  ];
  const text = tmdlText([
    model,
    // No hidden calendar per date column.
    { declaration: 'annotation __PBI_TimeIntelligenceEnabled = 0' },
    { declaration: `annotation PBI_QueryOrder = ${JSON.stringify(['Server', 'Database', ...marts])}` },
  ]);
  return `${text}\n${references.join('\n')}\n`;
}

function parameterObject(name: string, value: string, description: string): TmdlObject {
  // M: a quote is doubled, and "#(" begins an escape.
  const text = `"${value.replaceAll('#(', '#(#)(').replaceAll('"', '""')}"`;
  return {
    declaration: `expression ${name} = ${text} meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]`,
    description,
    properties: [`lineageTag: ${lineageTag('expression', name)}`],
    children: [{ declaration: 'annotation PBI_ResultType = Text' }],
  };
}
