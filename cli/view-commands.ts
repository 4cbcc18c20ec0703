import { type Command, Option } from 'commander';
import type { CheckFlags } from './check-view.ts';
import { print } from './output.ts';
import { VIEW_FORMATS, type ViewFormat } from './view-output.ts';

/** `chiasm view check` and `chiasm view run`. */
export function addViewCommands(program: Command): void {
  const view = program.command('view').description('work with SQL-on-FHIR ViewDefinitions');
  view
    .command('check <file...>')
    .description('say what is wrong with ViewDefinitions, where, and what was probably meant')
    .addOption(
      new Option('-f, --format <format>', 'for people, programs or code hosts')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .addOption(
      new Option('--profile <profile>', 'hold them to a profile of the specification').choices([
        'shareable',
        'tabular',
      ]),
    )
    .option('--warehouse', 'hold them to the rules of the warehouse (the default below a folder models)')
    .option('--no-warehouse', 'only to the rules of the language')
    .option('--strict', 'warnings fail as well')
    .addHelpText(
      'after',
      '\nExit code 2 when there is an error.\nExample:  chiasm view check --format sarif models/*/*.view.json > views.sarif',
    )
    .action(async (files: string[], flags: CheckFlags) => {
      const { checkViews } = await import('./check-view.ts');
      await checkViews(files, flags);
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
