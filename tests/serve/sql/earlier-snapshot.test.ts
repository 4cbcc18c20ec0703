import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { makeSqlData } from '../../../bench/sql-data.ts';
import { startServer } from '../../../serve/http-server.ts';
import { writeUser } from '../../../serve/sql/users.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { SECRET } from '../serve-fixture.ts';
import { PASSWORD } from './sql-fixture.ts';

test('a snapshot without the marts of this release, as an earlier one published it, is served for what it has', async () => {
  const folder = temporaryDirectory();
  const { warehouse } = await makeSqlData(folder, 1000);
  const usersFile = join(folder, 'users.json');
  await writeUser(usersFile, { name: 'ana', group: 'analysts', password: PASSWORD });
  const server = await startServer({
    warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    log: () => {},
    sql: {
      host: '127.0.0.1',
      port: 0,
      usersFile,
      maxConnections: 2,
      statementTimeoutMs: 60_000,
      idleTransactionMs: 60_000,
      catalogDirectory: join(folder, 'catalog'),
    },
  });
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.sql?.port ?? 0,
    user: 'ana',
    password: PASSWORD,
    database: 'chiasm',
  });
  try {
    await client.connect();
    const { rows } = await client.query('select count(*)::integer as n from marts.lab_results');
    expect(rows).toEqual([{ n: 1000 }]);
    const schemas = await client.query(
      `select table_schema, table_name from information_schema.tables where table_schema in ('marts', 'cube') order by 2`,
    );
    // views over these two are there, others are not
    expect(schemas.rows.map((row) => `${row.table_schema}.${row.table_name}`)).toEqual([
      'marts.lab_results',
      'cube.labs',
      'marts.patients',
      'cube.population',
    ]);
    await expect(client.query('select measure(patients) from cube.cohort')).rejects.toMatchObject({
      code: '42P01',
    });
  } finally {
    await client.end();
    await server.close();
  }
});
