import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView, type ViewPlan } from '../../etl/view/plan.ts';
import { printView } from '../../etl/view/sql.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface ViewRunner {
  /** Rows of the view over records, read the one way and the other. */
  run(
    view: unknown,
    records: readonly unknown[],
  ): Promise<{ readonly files: Row[]; readonly relation: Row[] }>;
  query(sql: string): Promise<Row[]>;
  close(): void;
}

/** Runs views in a real DuckDB, over a file on disk and over a relation of JSON. */
export async function createViewRunner(): Promise<ViewRunner> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  const folder = mkdtempSync(join(tmpdir(), 'chiasm-view-'));
  let count = 0;

  const query = async (sql: string): Promise<Row[]> => {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJson();
  };

  return {
    query,
    async run(view, records) {
      const plan: ViewPlan = planView(parseViewDefinition(view));
      const file = join(folder, `${++count}.ndjson`);
      const all = join(folder, `${count}.all.ndjson`);
      writeFileSync(file, linesOf(records.filter((record) => typeOf(record) === plan.resource)));
      writeFileSync(all, linesOf(records));
      const files = await query(printView(plan, { kind: 'files', files: [file], carry: [] }));
      const sql = `select json from read_json_objects('${all}', format = 'newline_delimited')`;
      const relation = await query(printView(plan, { kind: 'json-relation', sql, carry: [] }));
      return { files, relation };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function linesOf(records: readonly unknown[]): string {
  return records.map((record) => `${textOf(record)}\n`).join('');
}

function textOf(record: unknown): string {
  return typeof record === 'string' ? record : JSON.stringify(record);
}

/** Landed files hold one type each. */
function typeOf(record: unknown): unknown {
  const parsed: unknown = JSON.parse(textOf(record));
  return typeof parsed === 'object' && parsed !== null && 'resourceType' in parsed
    ? parsed.resourceType
    : null;
}
