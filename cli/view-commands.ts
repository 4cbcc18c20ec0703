import { type Command, Option } from 'commander';
import type { CheckFlags } from './check-view.ts';
import { print } from './output.ts';
import type { RunFlags } from './run-view.ts';
import { VIEW_FORMATS } from './view-output.ts';

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
    .description(
      'flatten newline-delimited JSON with a ViewDefinition: files (also .gz, .zst), patterns, folders or - for stdin',
    )
    .addOption(new Option('-f, --format <format>').choices([...VIEW_FORMATS]).default('csv'))
    .option('-o, --output <file>', 'write a file instead of stdout')
    .option('--quarantine <file>', 'write a line of JSON for each line of the input that was refused')
    .option('--explain', 'print the plan and its SQL instead')
    .addHelpText(
      'after',
      `
Rows come out whole or not at all. Lines that are no records, or in which an element that the view reads has the
wrong kind of JSON value, are refused and counted on stderr; all others are read and written. Exit code 3 says that a
line was refused.

Examples:  chiasm view run models/fhir/patient.view.json Patient.ndjson -f parquet -o patient.parquet
           zcat export/*.gz | chiasm view run labs.view.json - --quarantine refused.ndjson > labs.csv`,
    )
    .action(async (file: string, inputs: string[], flags: RunFlags & { explain?: boolean }) => {
      const { explainView, runView } = await import('./run-view.ts');
      if (flags.explain) print(await explainView(file, inputs));
      else if ((await runView(file, inputs, flags)) > 0) process.exitCode = 3;
    });
}
