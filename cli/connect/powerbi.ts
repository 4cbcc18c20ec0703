import { cubesOfMarts, modelPath } from '../../cube/model-repository.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';
import { powerBiProject } from './powerbi/project.ts';
import type { Connection, Target } from './target.ts';

/** Where the project is written, beside the `.pbids`. */
const FOLDER = 'Chiasm';

/**
 * A project whose semantic model is made from Cube's, and a `.pbids` file for those who want single tables: Power BI Desktop
 * opens it as a data source that only lacks the password.
 */
export async function connectPowerBi(target: Target): Promise<Connection> {
  const { host, port, database, user, hasTls } = target;
  const project = powerBiProject(target, loadMartDeclarations(), await cubesOfMarts(modelPath));
  const server = `${host}:${port}`;
  const source = {
    version: '0.1',
    connections: [
      {
        details: { protocol: 'postgresql', address: { server, database } },
        options: {},
        mode: 'Import',
      },
    ],
  };
  return {
    files: {
      'chiasm.pbids': `${JSON.stringify(source, undefined, 2)}\n`,
      ...inFolder(project.files),
    },
    starters: inFolder(project.report),
    steps: [
      'Open Chiasm/Chiasm.pbip in Power BI Desktop: all marts with descriptions, relationships and measures. Chiasm/README.md says what is left out.',
      'Or, for single tables, open chiasm.pbids (or: Get data → PostgreSQL database).',
      `Server ${server}, database ${database}, mode Import.`,
      `Sign in under "Database": user ${user} and its password (chiasm user add ${user}).`,
      hasTls
        ? 'The certificate of the endpoint must be trusted by Windows: import its authority into "Trusted Root Certification Authorities".'
        : 'Without TLS Power BI offers an unencrypted connection: accept it, the endpoint listens on this machine only.',
      'Project: Refresh. Data source: in the Navigator choose the tables of marts; the joins come along (Model view).',
      'A table that grows every night: filter its date column by RangeStart and RangeEnd, and set incremental refresh.',
      'In the service, through the on-premises gateway: docs/gateway.md.',
    ],
    tried:
      'The endpoint answers the queries that its driver (Npgsql) sends, and the structure of the project is checked; Power BI Desktop itself was not at hand, so neither file was opened in it.',
  };
}

function inFolder(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${FOLDER}/${path}`, text]));
}
