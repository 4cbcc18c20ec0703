import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { ChiasmError } from '../base/error.ts';
import { sqlString } from '../base/sql-text.ts';
import { parseViewDefinition } from '../etl/view/parse.ts';
import { planView, type ViewPlan } from '../etl/view/plan.ts';
import { printView } from '../etl/view/sql.ts';
import { openDuckDB } from '../etl/warehouse/duckdb.ts';

const FORMATS = {
  csv: 'format csv, header true',
  ndjson: 'format json',
  parquet: 'format parquet, compression zstd',
} as const;
type Format = keyof typeof FORMATS;

/** `chiasm view check` and `chiasm view run`. */
export function addViewCommands(program: Command): void {
  const view = program.command('view').description('work with SQL-on-FHIR ViewDefinitions');
  view
    .command('check <file...>')
    .description('say what is wrong with ViewDefinitions, if anything')
    .action(async (files: string[]) => {
      for (const file of files) {
        const plan = await loadView(file);
        process.stdout.write(`${file}: ${plan.name}, ${plan.columns.length} columns\n`);
      }
    });
  view
    .command('run <view> <input...>')
    .description('flatten newline-delimited JSON (plain, .gz or .zst) with a ViewDefinition')
    .addOption(new Option('-f, --format <format>').choices(Object.keys(FORMATS)).default('csv'))
    .option('-o, --output <file>', 'where to (parquet needs one)', '/dev/stdout')
    .option('--explain', 'print the SQL instead')
    .addHelpText(
      'after',
      '\nExample:  chiasm view run models/fhir/patient.view.json Patient.ndjson -f parquet -o patient.parquet',
    )
    .action(
      async (file: string, files: string[], flags: { format: Format; output: string; explain?: boolean }) => {
        const plan = await loadView(file);
        const sql = printView(plan, { kind: 'files', files, carry: [] });
        if (flags.explain) process.stdout.write(`${sql}\n`);
        else await copyOut(sql, flags.format, flags.output);
      },
    );
}

async function loadView(file: string): Promise<ViewPlan> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ChiasmError('view-invalid', `${file} is no JSON file that can be read`, {
      params: { file },
      cause,
    });
  }
  return planView(parseViewDefinition(json, file));
}

async function copyOut(sql: string, format: Format, output: string): Promise<void> {
  const instance = await openDuckDB();
  const connection = await instance.connect();
  try {
    await connection.run(`copy (${sql}) to ${sqlString(output)} (${FORMATS[format]})`);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
