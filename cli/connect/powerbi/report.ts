import { lineageTag } from './tmdl.ts';

const SCHEMAS = 'https://developer.microsoft.com/json-schemas/fabric';
const PAGE = 'start';

/** A report of one empty page over the semantic model, in the enhanced report format, by path below the project. */
export function reportFiles(name: string): Readonly<Record<string, string>> {
  const definition = `${name}.Report/definition`;
  const schemas = `${SCHEMAS}/item/report`;
  return {
    [`${name}.Report/.platform`]: platformFile('Report', name),
    [`${name}.Report/definition.pbir`]: json({
      $schema: `${schemas}/definitionProperties/2.0.0/schema.json`,
      version: '4.0',
      datasetReference: { byPath: { path: `../${name}.SemanticModel` } },
    }),
    [`${definition}/version.json`]: json({
      $schema: `${schemas}/definition/versionMetadata/1.0.0/schema.json`,
      version: '2.0.0',
    }),
    [`${definition}/report.json`]: json({
      $schema: `${schemas}/definition/report/3.0.0/schema.json`,
      themeCollection: {},
    }),
    [`${definition}/pages/pages.json`]: json({
      $schema: `${schemas}/definition/pagesMetadata/1.0.0/schema.json`,
      pageOrder: [PAGE],
      activePageName: PAGE,
    }),
    [`${definition}/pages/${PAGE}/page.json`]: json({
      $schema: `${schemas}/definition/page/2.0.0/schema.json`,
      name: PAGE,
      displayName: 'Page 1',
      displayOption: 'FitToPage',
      height: 720,
      width: 1280,
    }),
  };
}

/** The file that opens the project. */
export function projectFile(name: string): string {
  return json({
    $schema: `${SCHEMAS}/pbip/pbipProperties/1.0.0/schema.json`,
    version: '1.0',
    artifacts: [{ report: { path: `${name}.Report` } }],
    settings: { enableAutoRecovery: true },
  });
}

/** The settings of the semantic model: version 4 is TMDL. */
export function semanticModelFile(): string {
  return json({
    $schema: `${SCHEMAS}/item/semanticModel/definitionProperties/1.0.0/schema.json`,
    version: '4.0',
    settings: {},
  });
}

/** What Fabric knows an item by. */
export function platformFile(type: 'Report' | 'SemanticModel', name: string): string {
  return json({
    $schema: `${SCHEMAS}/gitIntegration/platformProperties/2.0.0/schema.json`,
    metadata: { type, displayName: name },
    config: { version: '2.0', logicalId: lineageTag(type, name) },
  });
}

function json(content: unknown): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
