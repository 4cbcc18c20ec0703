// Commands import what they run when they run it: `--help` must not wait for DuckDB and Cube.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { packageRoot } from '../base/package-root.ts';
import { addCodesCommands } from './codes-commands.ts';
import { type Common, withAsOf, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { addConnectCommand } from './connect-command.ts';
import type { DemoFlags } from './demo.ts';
import { EXIT_CODES } from './exit-code.ts';
import { addInspection } from './inspection-commands.ts';
import { addModelCommands } from './model-commands.ts';
import { addOpenCommand } from './open-command.ts';
import { addOperations } from './operation-commands.ts';
import { parseCount, parseLifetime, parsePeriod, parsePort, print, printJson } from './output.ts';
import type { RefreshFlags } from './run-refresh.ts';
import { addSnapshotCommands } from './snapshot-commands.ts';
import { addUserCommands } from './user-commands.ts';
import { addViewCommands } from './view-commands.ts';

function version(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The command line: every command, what it takes and an example of it. */
export function buildProgram(): Command {
  const program = new Command('chiasm')
    .description('The analytics warehouse where health records (FHIR) and images (DICOM) cross.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(chiasm <command> --help shows what a command takes)')
    .addHelpText('after', GUIDE);
  addDemo(program);
  addRefresh(program);
  addPublish(program);
  addServe(program);
  addOperations(program);
  addInspection(program);
  addOpenCommand(program);
  addSnapshotCommands(program);
  addToken(program);
  addUserCommands(program);
  addConnectCommand(program);
  addViewCommands(program);
  addModelCommands(program);
  addCodesCommands(program);
  return program;
}

const GUIDE = `
Begin with \`chiasm demo\`: a synthetic cancer centre, refreshed and served at http://127.0.0.1:4000.
For your own data write chiasm.yaml:

  sources:
    - { name: ehr,  kind: fhir-bulk,    url: https://fhir.hospital.example/r4, level: { kind: system } }
    - { name: lab,  kind: fhir-folder,  path: /exports/fhir }
    - { name: pacs, kind: dicom-folder, path: /archive/dicom }

then \`chiasm refresh\` every night (see \`chiasm schedule --help\`) and \`chiasm serve\`.

Exit codes:
${Object.entries(EXIT_CODES)
  .map(([code, meaning]) => `  ${code}  ${meaning}`)
  .join('\n')}`;

function addDemo(program: Command): void {
  program
    .command('demo')
    .description('make a synthetic cancer centre, refresh it, serve it and answer a question')
    .option('--directory <path>', 'where it is made', '.chiasm/demo')
    .option('--patients <n>', 'how many patients', parseCount, 120)
    .option('--seed <n>', 'the same seed makes the same centre', parseCount, 42)
    .option('--port <n>', 'port on 127.0.0.1', parsePort, 4000)
    .option('--sql-port <n>', 'port of PostgreSQL on 127.0.0.1', parsePort, 5433)
    .addOption(
      new Option(
        '--images <form>',
        'images as DICOM files, as DICOM JSON headers (for large centres), or none',
      )
        .choices(['files', 'headers', 'none'])
        .default('files'),
    )
    .option('--no-serve', 'stop after the refresh')
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import('./demo.ts');
      await runDemo(flags);
    });
}

function addRefresh(program: Command): void {
  withJson(withConfig(program.command('refresh')))
    .description('one run: land what changed, link, flatten, build and check the marts, publish a snapshot')
    .option('--full', 'rebuild every table even if nothing changed')
    .option('--only <source...>', 'read only these sources')
    .option('--full-export', 'ask FHIR servers for everything again, not only for what changed')
    .option(
      '--backfill <since..until>',
      'ask FHIR servers for what changed between two dates, such as 2019-01-01..2020-01-01; the nightly run goes on ' +
        'from where it was',
      parsePeriod,
    )
    .option('--dry-run', 'say what a run would do; land, publish and write nothing')
    .addHelpText('after', REFRESH_EXAMPLES)
    .action(async (flags: Common & RefreshFlags & { dryRun?: boolean }) => {
      if (flags.dryRun) {
        const { describeDryRun, runDryRun } = await import('./run-dry-run.ts');
        const plan = await runDryRun(loadConfig(flags.config), flags);
        if (flags.json) printJson(plan);
        else print(describeDryRun(plan));
        return;
      }
      const { refreshCommand } = await import('./refresh-command.ts');
      await refreshCommand(loadConfig(flags.config), flags);
    });
}

const REFRESH_EXAMPLES = `
Ctrl-C ends the run and cancels an export at its server; a second one ends it at once. Either is safe.
With --json a failure is told as JSON, too: event, status, errorCode, message.

Examples:
  15 2 * * *  chiasm refresh -c /etc/chiasm.yaml --json      (cron)
  chiasm refresh --only ehr --full-export                    (finds deletes that the server does not tell)
  chiasm refresh --only ehr --backfill 2019-01-01..2020-01-01`;

function addPublish(program: Command): void {
  withJson(withConfig(program.command('publish')))
    .description('publish what a held run has landed, once you know that its deletes are meant')
    .requiredOption('--accept <run>', 'the run that the message names')
    .action(async (flags: Common & { accept: string }) => {
      const { acceptRun } = await import('../etl/refresh/guard.ts');
      const { refreshCommand } = await import('./refresh-command.ts');
      const config = loadConfig(flags.config);
      await acceptRun(config.directories.state, flags.accept);
      await refreshCommand(config, { only: [], json: flags.json === true });
    });
}

function addServe(program: Command): void {
  withAsOf(withConfig(program.command('serve')))
    .description(
      'serve the REST API, the catalog and the page; needs a token (see `chiasm token`). Serves what is current, or ' +
        'with --as-of one snapshot for good',
    )
    .addHelpText(
      'after',
      '\nWhere the configuration has a `schedule`, it is kept as well (see `chiasm schedule --help`), but not with --as-of.',
    )
    .action(async (flags: Common & { asOf?: string }) => {
      const { runServer } = await import('./serve.ts');
      const served = await runServer(loadConfig(flags.config), { isDemo: false, asOf: flags.asOf });
      await served.ended;
    });
}

function addToken(program: Command): void {
  withConfig(program.command('token'))
    .description('a signed token for the REST API and the sign-in page')
    .option('--subject <name>', 'who will use it', 'analyst')
    .addOption(new Option('--group <group>', 'what the bearer may see').default('analysts'))
    .option('--expires <time>', 'how long it is good, such as 12h or 30d', parseLifetime, '12h')
    .action(async (flags: Common & { subject: string; group: string; expires: string }) => {
      const { loadTokenSecret } = await import('./secret.ts');
      const { signToken } = await import('../serve/token.ts');
      const secret = loadTokenSecret(loadConfig(flags.config).serve.secretFile);
      print(signToken({ subject: flags.subject, group: flags.group, secret, expiresIn: flags.expires }));
    });
}
