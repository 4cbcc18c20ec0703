import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import { demoConfig } from '../demo/config.ts';
import { generateDemo } from '../demo/generate.ts';
import { findPerson, readProjectKey } from '../etl/identity/find-person.ts';
import { pseudonymUuid } from '../etl/privacy/pseudonyms.ts';
import { writeUser } from '../serve/sql/users.ts';
import { signToken } from '../serve/token.ts';
import { type Config, loadConfig } from './config.ts';
import { formatTable } from './print-table.ts';
import { openProgress } from './progress.ts';
import { describeOutcome, runRefresh } from './run-refresh.ts';
import { runServer } from './serve.ts';

export interface DemoFlags {
  readonly directory: string;
  readonly patients: number;
  readonly seed: number;
  readonly port: number;
  readonly sqlPort: number;
  readonly images: 'files' | 'headers' | 'none';
  readonly serve: boolean;
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Known to everybody, like the page of the demo: the data are synthetic and this machine alone is served. */
const SQL_PASSWORD = 'chiasm-demo';

/** Makes the demo cancer centre, refreshes it, serves it, and answers the documented question over REST. */
export async function runDemo(flags: DemoFlags): Promise<void> {
  const directory = resolve(flags.directory);
  await mkdir(directory, { recursive: true });
  await generate(directory, flags);
  const file = join(directory, 'chiasm.yaml');
  await writeFile(file, demoConfig('.'));
  const config = loadConfig(file);
  print(describeOutcome(await runRefresh(config, {}), `npm run chiasm -- quarantine -c ${relativeTo(file)}`));
  if (!flags.serve) return;
  await writeUser(config.sqlUsersFile, { name: 'demo', group: 'analysts', password: SQL_PASSWORD });
  const served = await runServer(
    {
      ...config,
      serve: { ...config.serve, host: '127.0.0.1', port: flags.port },
      sql: config.sql && { ...config.sql, port: flags.sqlPort },
    },
    { isDemo: true, demoPatientKey: await findMary(config) },
  );
  const token = signToken({ subject: 'demo', group: 'analysts', secret: served.secret, expiresIn: '12h' });
  await answerQuestion(served.url, token);
  print(`
Open             ${served.url}
Catalog          ${served.url}/catalog
SQL              psql 'host=127.0.0.1 port=${served.sql?.port} dbname=chiasm user=demo password=${SQL_PASSWORD}'
REST             ${served.url}/cubejs-api/v1  (npm run chiasm -- token -c ${relativeTo(file)})
Parquet          ${join(config.directories.warehouse, 'current')}
More             npm run chiasm -- --help      Stop: Ctrl-C`);
  await served.ended;
}

async function generate(directory: string, flags: DemoFlags): Promise<void> {
  const progress = openProgress(false);
  const summary = await generateDemo({
    directory,
    patients: flags.patients,
    seed: flags.seed,
    images: flags.images,
    onProgress: (done, total) => progress.show({ stage: 'make the centre', done, total }),
  });
  progress.end();
  const resources = Object.values(summary.resources).reduce((sum, count) => sum + count, 0);
  print(
    `A cancer centre of ${summary.patients} synthetic patients: ${resources.toLocaleString('en-US')} FHIR resources, ` +
      `${summary.dicom.files.toLocaleString('en-US')} DICOM files.`,
  );
}

async function findMary(config: Config): Promise<string | undefined> {
  const person = await findPerson(config.directories.vault, 'ehr', 'mary');
  if (person === undefined) return undefined;
  return pseudonymUuid(await readProjectKey(config.directories.keyFile), 'person', person);
}

interface Question {
  readonly text: string;
  readonly query: { readonly dimensions: readonly string[]; readonly measures: readonly string[] };
}

/** Asks the question that the page shows, too, the way any client would. */
async function answerQuestion(url: string, token: string): Promise<void> {
  const question = JSON.parse(await readFile(join(packageRoot, 'app', 'question.json'), 'utf8')) as Question;
  const response = await fetch(`${url}/cubejs-api/v1/load`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: question.query }),
  });
  if (!response.ok) throw new Error(`the demo question was answered with HTTP ${response.status}`);
  const { data } = (await response.json()) as { readonly data: readonly Readonly<Record<string, unknown>>[] };
  const members = [...question.query.dimensions, ...question.query.measures];
  print(`\n${question.text}\n`);
  print(
    formatTable(
      members.map((member) => member.replace(/^.*\./, '').replaceAll('_', ' ')),
      data.map((row) => members.map((member) => cellOf(row[member]))),
    ),
  );
}

function cellOf(value: unknown): string | number {
  if (value === null || value === undefined) return 'none recorded';
  const text = String(value);
  return text !== '' && Number.isFinite(Number(text)) ? Math.round(Number(text) * 1000) / 1000 : text;
}

function relativeTo(file: string): string {
  return file.startsWith(`${process.cwd()}/`) ? file.slice(process.cwd().length + 1) : file;
}
