import { type Command, Option } from 'commander';
import { print } from './output.ts';
import { VIEW_FORMATS, type ViewFormat } from './view-output.ts';

/** `chiasm view check` and `chiasm view run`. */
export function addViewCommands(program: Command): void {
  const view = program.command('view').description('work with SQL-on-FHIR ViewDefinitions');
  view
    .command('check <file...>')
    .description('say what is wrong with ViewDefinitions, if anything')
    .action(async (files: string[]) => {
      const { loadView } = await import('./run-view.ts');
      for (const file of files) {
        const plan = await loadView(file);
        print(`${file}: ${plan.name}, ${plan.columns.length} columns`);
      }
    });
  view
    .command('run <view> <input...>')
    .description('flatten newline-delimited JSON (plain, .gz or .zst) with a ViewDefinition')
    .addOption(new Option('-f, --format <format>').choices([...VIEW_FORMATS]).default('csv'))
    .option('-o, --output <file>', 'write a file instead of stdout (parquet needs one)')
    .option('--explain', 'print the SQL instead')
    .addHelpText(
      'after',
      '\nExample:  chiasm view run models/fhir/patient.view.json Patient.ndjson -f parquet -o patient.parquet',
    )
    .action(
      async (
        file: string,
        files: string[],
        flags: { format: ViewFormat; output?: string; explain?: boolean },
      ) => {
        const { explainView, runView } = await import('./run-view.ts');
        if (flags.explain) print(await explainView(file, files));
        else await runView(file, files, flags.format, flags.output);
      },
    );
}
