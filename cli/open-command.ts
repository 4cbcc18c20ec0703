import type { Command } from 'commander';
import { type Common, withAsOf, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { print, printJson } from './output.ts';

/** `chiasm open`: from a row of a mart to the records behind it. */
export function addOpenCommand(program: Command): void {
  withAsOf(withJson(withConfig(program.command('open <mart> <key>'))))
    .description(
      'the rows that a row of a mart came from, down to those of single records; with --source the records and their ' +
        'lines as they landed (docs/opening.md)',
    )
    .option('--source', 'show the records, where they came from and their lines: identified data, audited')
    .addHelpText('after', EXAMPLES)
    .action(async (mart: string, key: string, flags: Common & { asOf?: string; source?: boolean }) => {
      const { openFromCommandLine } = await import('./open-records.ts');
      const opening = await openFromCommandLine(loadConfig(flags.config), {
        mart,
        key: key.split(','),
        asOf: flags.asOf,
        withSource: flags.source === true,
      });
      if (flags.json) return printJson(opening);
      const { describeOpening } = await import('./print-opening.ts');
      print(describeOpening(opening));
    });
}

const EXAMPLES = `
The key is that of the mart (docs/data-dictionary.md); of several columns it is written with commas.

Examples:
  chiasm open cancer_diagnoses 3f0c…
  chiasm open patient_events 91ab… --source
  chiasm open diagnosis_imaging 3f0c…,77de…`;
