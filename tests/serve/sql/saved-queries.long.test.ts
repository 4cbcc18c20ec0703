import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAdmission } from '../../../cube/admission.ts';
import { serveSnapshots } from '../../../cube/served-snapshots.ts';
import type { SqlCompiler } from '../../../cube/sql-compiler.ts';
import { openDuckDB } from '../../../etl/warehouse/duckdb.ts';
import type { MartContract } from '../../../models/mart-contract.ts';
import { publishFixture } from '../../cube/publish-fixture.ts';
import {
  contractOfRelease,
  heldReleases,
  problemsOf,
  replay,
  type SavedQuery,
  savedQueries,
} from './saved-query.ts';
import { startSqlOver } from './sql-over.ts';

/** A contract holds the marts alone. */
const WITHOUT_VIEWS: SqlCompiler = { views: async () => new Map(), compile: async () => undefined };

/** What is wrong with saved queries where the tables are those of `offered`; they were written for `promised`. */
async function problemsOver(
  offered: MartContract,
  saved: readonly SavedQuery[],
  promised: MartContract,
): Promise<readonly string[]> {
  const warehouse = mkdtempSync(join(tmpdir(), 'chiasm-contract-'));
  const marts = Object.entries(offered.marts).map(([name, mart]) => ({
    name,
    columns: Object.entries(mart.columns).map(([column, { type }]) => ({ name: column, type })),
  }));
  await publishFixture(warehouse, {}, { marts });
  const instance = await openDuckDB({ threads: 2 });
  const failures: string[] = [];
  const snapshots = serveSnapshots({
    warehouse,
    instance,
    admission: createAdmission(3),
    onClosed: () => {},
    onOpenFailed: (error) => failures.push(String(error)),
  });
  const server = await startSqlOver({ snapshots, layer: { sql: WITHOUT_VIEWS } }, { analysts: ['marts'] });
  const client = await server.connect('analysts');
  const problems: string[] = [];
  for (const each of saved) problems.push(...problemsOf(each, await replay(client, each), promised));
  await client.end();
  await server.close();
  await snapshots.close();
  instance.closeSync();
  rmSync(warehouse, { recursive: true, force: true });
  expect(failures).toEqual([]);
  return problems;
}

const overMarts = (release: string): readonly SavedQuery[] =>
  savedQueries(release).filter(({ sql }) => !/\bcube\b/i.test(sql));

test.each(heldReleases())('queries saved for %s read what it promised', async (release) => {
  const contract = contractOfRelease(release);
  const saved = overMarts(release);
  expect(saved.length).toBeGreaterThan(20);
  expect((await problemsOver(contract, saved, contract)).join('\n')).toBe('');
});

test('a column that goes, one of another type and a new one are found; what was deprecated may go', async () => {
  const release = heldReleases().at(-1) ?? '';
  const promised = contractOfRelease(release);
  const diagnoses = promised.marts['cancer_diagnoses'];
  if (diagnoses === undefined) throw new Error('no mart cancer_diagnoses');
  const { stage_group, is_treated, ...kept } = diagnoses.columns;
  expect([stage_group?.type, is_treated?.type]).toEqual(['VARCHAR', 'BOOLEAN']);
  const withColumns = (columns: typeof diagnoses.columns): MartContract => ({
    ...promised,
    marts: { ...promised.marts, cancer_diagnoses: { ...diagnoses, columns } },
  });
  const offered = withColumns({
    ...kept,
    is_treated: { type: 'VARCHAR', nullable: true },
    stage_letter: { type: 'VARCHAR', nullable: true },
  });
  const query = (name: string, sql: string, columns: SavedQuery['columns'], deprecated: string[] = []) => ({
    release,
    tool: 'tool',
    values: [],
    name,
    sql,
    columns,
    deprecated,
  });
  const stage = 'marts.cancer_diagnoses.stage_group';
  const saved = [
    query('gone', 'select stage_group from cancer_diagnoses', { stage_group: 'text' }),
    query('type', 'select is_treated from cancer_diagnoses', { is_treated: 'bool' }),
    query('all', 'select * from cancer_diagnoses', { site_group: 'text' }),
    query('all of it', 'select * from cancer_diagnoses', { stage_group: 'text' }),
    query('excused', 'select stage_group from cancer_diagnoses', { stage_group: 'text' }, [stage]),
    query('unwritten', 'select site_group from cancer_diagnoses', undefined),
  ];
  const shortened = (problems: readonly string[]): readonly string[] =>
    problems.map((problem) => problem.replace(/^saved-queries\/\S+tool\.sql, /, '').replace(/\. .*$/s, ''));
  expect(shortened(await problemsOver(offered, saved, promised))).toEqual([
    '"gone" fails now: 42703 column "stage_group" does not exist',
    '"type": is_treated was bool and is text',
    '"all of it": stage_group is gone',
    `"excused" may break for ${stage}, which release ${release} does not deprecate`,
    '"unwritten" does not say what it gives',
  ]);
  const excused = withColumns({
    ...diagnoses.columns,
    stage_group: { type: 'VARCHAR', nullable: true, deprecatedSince: release },
  });
  expect(await problemsOver(offered, saved.slice(4, 5), excused)).toEqual([]);
});
