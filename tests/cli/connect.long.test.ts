import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { TOOLS } from '../../cli/connect/tools.ts';
import { PASSWORD, startSqlTestServer } from '../serve/sql/sql-fixture.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const run = promisify(execFile);
const PYTHON = '/usr/bin/python3';
const ODBC = '/usr/share/psqlodbc';

const isThere = existsSync(PYTHON) && existsSync(ODBC);
const isRequired = process.env['CI'] === 'true';

test.skipIf(!isThere && !isRequired)(
  'the written files connect: Python, and ODBC as Excel uses it',
  async () => {
    expect(
      isThere,
      'python3-psycopg, python3-pyodbc and odbc-postgresql are not installed: see .ci/run',
    ).toBe(true);
    const server = await startSqlTestServer();
    const directory = temporaryDirectory();
    const target = {
      host: '127.0.0.1',
      port: server.port,
      database: 'chiasm',
      user: 'ana',
      hasTls: false,
      httpUrl: '',
    };
    const [script] = Object.entries(TOOLS.python(target).files);
    const [dsn] = Object.entries(TOOLS.excel(target).files);
    writeFileSync(join(directory, 'example.py'), script?.[1] ?? '');
    // unixODBC knows the same driver by a name without its width.
    writeFileSync(join(directory, 'chiasm.dsn'), dsn?.[1].replace('(x64)', '') ?? '');
    const counted = await run(PYTHON, [join(directory, 'example.py')], { env: { PGPASSWORD: PASSWORD } });
    expect(counted.stdout).toMatch(/female \d+\nmale \d+\n/);
    const odbc = `import pyodbc, sys
connection = pyodbc.connect(f"FILEDSN=${join(directory, 'chiasm.dsn')};PWD=${PASSWORD}")
print(connection.execute("select count(*) from marts.patients").fetchone()[0])`;
    const { stdout } = await run(PYTHON, ['-c', odbc]);
    const all = [...counted.stdout.matchAll(/ (\d+)\n/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(Number(stdout)).toBe(all);
    expect(readFileSync(join(directory, 'chiasm.dsn'), 'utf8')).not.toContain(PASSWORD);
    await server.close();
  },
);
