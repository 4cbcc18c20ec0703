import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ChiasmError } from '../base/error.ts';
import { type Common, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { print, printJson } from './output.ts';

/** The commands over a site's own code tables. */
export function addCodesCommands(program: Command): void {
  const codes = program.command('codes').description("a site's own code tables (docs/marts/codes.md)");
  withJson(withConfig(codes.command('expand')))
    .description(
      'expand the value sets of value-sets.yaml with a FHIR terminology server, for the next refresh',
    )
    .requiredOption('--server <url>', 'FHIR base URL of the terminology server')
    .option('--token-file <path>', 'file with a bearer token')
    .addHelpText('after', '\nExample:  chiasm codes expand --server https://tx.hospital.example/fhir')
    .action(async (flags: Common & { server: string; tokenFile?: string }) => {
      const { codes: folder } = loadConfig(flags.config);
      if (folder === undefined) {
        throw new ChiasmError(
          'config-invalid',
          'name a folder for your own codes: `codes: codes` in chiasm.yaml',
        );
      }
      const { expandCodes } = await import('./expand-codes.ts');
      const token = flags.tokenFile === undefined ? undefined : readFileSync(flags.tokenFile, 'utf8').trim();
      const server = {
        baseUrl: flags.server,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const done = await expandCodes(folder, server, new AbortController().signal);
      if (flags.json) return printJson(done);
      print(done.map((each) => `${each.codes} codes of ${each.valueSet}`).join('\n'));
    });
}
