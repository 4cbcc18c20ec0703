import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { openDuckDB } from '../../etl/warehouse/duckdb.ts';
import { describeWithBrowser, launchBrowser } from '../app/browser.ts';
import { documentedBlock, documentedBlocks } from '../support/documented.ts';
import { testWith } from '../support/test-with.ts';
import { type DemoProcess, startDemo } from './demo-process.ts';

const PYTHON = '/usr/bin/python3';
const JDBC = '/usr/share/java/postgresql.jar';
const COUNT = join(packageRoot, 'tests/serve/sql/clients/Count.java');
const HAS_PSQL = existsSync('/usr/bin/psql');
/** The first chart that the documentation tells a new analyst to make. */
const FIRST_CHART = 'select stage_group, count(*) from marts.cancer_diagnoses group by stage_group';
const PATIENTS = 'select count(*) from marts.patients';

/** What psql writes below a result that is not empty. */
const SOME_ROWS = /^\([1-9]\d* rows?\)$/gm;

let demo: DemoProcess;
/** Of the user `ana`, whom the documents make. */
let password: string;

beforeAll(async () => {
  demo = await startDemo();
  const [line = ''] = commands('README.md', /^chiasm user add ana/);
  password = lastWord(await demo.shell(line));
});
afterAll(() => demo?.close());

const text = (document: string): string => readFileSync(join(packageRoot, document), 'utf8');

/** The lines of the shell blocks of a document that match. */
function commands(document: string, pattern: RegExp): readonly string[] {
  const shell = documentedBlocks(document).filter(({ language }) => language === 'sh');
  const lines = shell.flatMap((block) => block.text.split('\n')).filter((line) => pattern.test(line));
  expect(lines, `${document} has no ${pattern}`).not.toEqual([]);
  return lines;
}

/** The block of a document that says something. */
function block(document: string, language: string, says: string): string {
  const found = documentedBlocks(document).find(
    (each) => each.language === language && each.text.includes(says),
  );
  if (found === undefined) throw new Error(`${document} has no ${language} with ${says}`);
  return found.text;
}

/** What stands in a document between back quotes and begins so. */
function quoted(document: string, begin: string): string {
  const found = [...text(document).matchAll(/`([^`\n]+)`/g)].find(([, each]) => each?.startsWith(begin));
  if (found?.[1] === undefined) throw new Error(`${document} has no ${begin}`);
  return demo.here(found[1]);
}

const lastWord = (output: string): string => output.trim().split(/\s+/).at(-1) ?? '';

async function patients(): Promise<number> {
  const [line = ''] = /^SQL +(psql .*)$/m.exec(demo.output)?.slice(1) ?? [];
  return Number(await demo.shell(`${line} -At -c '${PATIENTS}'`));
}

function canImport(python: string, modules: string): boolean {
  try {
    execFileSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('npm start prints the answer that the README shows', () => {
  const [table = ''] = /^first treatment class .*?(?=\n```)/ms.exec(text('README.md')) ?? [];
  expect(table.split('\n').length).toBeGreaterThan(5);
  expect(demo.output).toContain(table);
});

describeWithBrowser('in a browser', () => {
  test('the page shows the chart, and the catalog the table of the first chart', async () => {
    const browser = await launchBrowser();
    const page = await browser.newPage();
    await page.goto(demo.url);
    await page.locator('#survival svg circle').first().waitFor();
    expect(await page.locator('#survival svg circle').count()).toBeGreaterThan(3);
    expect(await page.locator('#question tbody tr').count()).toBe(6);
    const [address = ''] = /<(http:\S+\/catalog)>/.exec(text('docs/connect.md'))?.slice(1) ?? [];
    await page.goto(demo.here(address));
    await page.getByText('cancer_diagnoses').first().waitFor();
    await browser.close();
  });
});

test('curl asks the question over REST as the README says', async () => {
  const answer = JSON.parse(
    await demo.shell(block('README.md', 'sh', 'cubejs-api/v1/load'), { cwd: packageRoot }),
  ) as { readonly data: readonly unknown[] };
  expect(answer.data).toHaveLength(6);
});

test('curl reads tables and SQL', async () => {
  const lines = (await demo.shell(block('docs/data-over-http.md', 'sh', 'curl'))).trim().split('\n');
  expect(lines.filter((line) => /^(sex,birth_year|sex,count.*)$/.test(line))).toHaveLength(2);
  expect(lines).toContainEqual(expect.stringMatching(/^female,\d+$/));
});

test('Parquet is found where the README says', async () => {
  const [, path = '', sql = ''] =
    /cd "\$\((.*?)\)" && duckdb -c "(.*?)"/s.exec(block('README.md', 'sh', 'duckdb')) ?? [];
  const directory = (await demo.shell(path)).trim();
  const instance = await openDuckDB({ threads: 1 });
  const connection = await instance.connect();
  await connection.run(`set file_search_path = '${directory}'`);
  expect((await connection.runAndReadAll(sql)).currentRowCount).toBeGreaterThan(3);
  connection.closeSync();
  instance.closeSync();
});

test('Arrow in JavaScript', async () => {
  const source = block('docs/data-over-http.md', 'js', 'tableFromIPC');
  const file = join(packageRoot, 'dist', `documented-${process.pid}.mjs`);
  writeFileSync(
    file,
    `const token = process.env.CHIASM_TOKEN;\n${demo.here(source)}\nconsole.log(series.numRows);\n`,
  );
  try {
    const rows = await demo.shell(`CHIASM_TOKEN=$(chiasm token) node '${file}'`);
    expect(Number(rows)).toBeGreaterThan(100);
  } finally {
    await demo.shell(`rm '${file}'`);
  }
});

testWith('psql', HAS_PSQL, async () => {
  const env = { PGPASSWORD: password };
  const [printed = ''] = /^SQL +(psql .*)$/m.exec(demo.output)?.slice(1) ?? [];
  expect((await demo.shell(`${printed} -At -c '${FIRST_CHART}'`)).split('\n').length).toBeGreaterThan(3);
  const login = /user `(\w+)`,\s+password `([^`]+)`/.exec(text('docs/connect.md')) ?? [];
  expect(printed).toContain(`user=${login[1]} password=${login[2]}`);
  const [readme = ''] = commands('README.md', /^psql /);
  expect(await demo.shell(readme, { env })).toMatch(/female +\| +\d+/);
  for (const line of commands('docs/sql.md', /^psql /)) {
    const answer = await demo.shell(line, { env, input: `${FIRST_CHART};` });
    expect(answer).toMatch(line.includes('copy') ? /^COPY [1-9]/ : SOME_ROWS);
  }
  expect(readFileSync(join(demo.directory, 'patients.csv'), 'utf8').split('\n').length).toBeGreaterThan(100);
  const examples = await demo.shell(`${printed} -v ON_ERROR_STOP=1`, {
    input: documentedBlock('docs/sql.md', 'semantic'),
  });
  expect(examples.match(SOME_ROWS)?.length).toBeGreaterThan(3);
});

testWith('JDBC', HAS_PSQL && existsSync(JDBC) && existsSync('/usr/bin/javac'), async () => {
  const dbeaver = /URL (jdbc:\S+),/.exec(
    demo.here(await demo.shell('chiasm connect dbeaver --user ana')),
  )?.[1];
  for (const url of [quoted('docs/sql.md', 'jdbc:'), dbeaver]) {
    const answer = await demo.shell(`java -cp ${JDBC} '${COUNT}' '${url}' ana '${password}' '${PATIENTS}'`);
    expect(Number(answer)).toBe(await patients());
  }
});

testWith(
  'psycopg, SQLAlchemy and ODBC',
  HAS_PSQL && canImport(PYTHON, 'psycopg, psycopg2, sqlalchemy, pyodbc'),
  async () => {
    const python = (source: string): Promise<string> =>
      demo.shell(`${PYTHON} -`, { input: source, env: { PGPASSWORD: password } });
    const count = await patients();
    expect(await python(block('docs/sql.md', 'python', 'psycopg').replace('…', password))).toMatch(/female/);

    const engine = (url: string): string => `import sqlalchemy
with sqlalchemy.create_engine('${url.replace(/…|XXXXXXXXXX/, password)}').connect() as connection:
    print(connection.execute(sqlalchemy.text('${PATIENTS}')).scalar())`;
    expect(Number(await python(engine(quoted('docs/sql.md', 'postgresql+psycopg2:'))))).toBe(count);

    const odbc = (connection: string): string => `import pyodbc
print(pyodbc.connect('${connection}').execute('${PATIENTS}').fetchone()[0])`;
    const driver = quoted('docs/sql.md', 'Driver=').replace('…', password);
    expect(Number(await python(odbc(driver)))).toBe(count);

    await demo.shell('for tool in python superset excel; do chiasm connect $tool --user ana; done');
    const written = (file: string): string => demo.here(readFileSync(join(demo.directory, file), 'utf8'));
    expect(await python(written('chiasm_example.py'))).toMatch(/female \d+/);
    const superset = JSON.parse(written('chiasm-superset.json')) as {
      readonly databases: readonly [{ readonly sqlalchemy_uri: string }];
    };
    expect(Number(await python(engine(superset.databases[0].sqlalchemy_uri)))).toBe(count);
    const dsn = join(demo.directory, 'here.dsn');
    // unixODBC knows the same driver by a name without its width.
    writeFileSync(dsn, written('chiasm.dsn').replace('(x64)', ''));
    expect(Number(await python(odbc(`FILEDSN=${dsn};PWD=${password}`)))).toBe(count);
  },
);

const NOTEBOOK = 'requests, pandas, polars, pyarrow';
test.skipIf(!canImport('python3', NOTEBOOK))(`a notebook (needs ${NOTEBOOK})`, async () => {
  const source = block('docs/data-over-http.md', 'python', 'polars');
  const answer = await demo.shell('CHIASM_TOKEN=$(chiasm token) python3 -', {
    input: `${source}\nprint(len(patients))`,
  });
  expect(answer).toMatch(/tumours/);
  expect(Number(lastWord(answer))).toBe(await patients());
});

test('chiasm connect tells the way for every tool that its page names', async () => {
  const page = text('docs/connect.md');
  const [, first = '', others = ''] = /^chiasm connect (\w+) +# or (.*)$/m.exec(page) ?? [];
  const tools = [first, ...others.split(', ')];
  expect(tools.length).toBeGreaterThan(7);
  const command = quoted('docs/connect.md', 'npm run chiasm -- connect metabase');
  const written: string[] = [];
  for (const tool of tools) {
    const said = await demo.shell(`${command.replace('metabase', tool)} --output out/${tool}`);
    expect(said).toMatch(/^\d\. /m);
    const row = page
      .split('\n')
      .find((line) => line.toLowerCase().replaceAll(' ', '').startsWith(`|${tool}`));
    const files = [...(row?.split('|')[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? '');
    for (const file of files) {
      expect([file, existsSync(join(demo.directory, 'out', tool, file))]).toEqual([file, true]);
      written.push(file);
    }
  }
  expect(written.length).toBeGreaterThan(5);
});
