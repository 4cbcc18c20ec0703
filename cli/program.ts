import { Command, Option } from 'commander';
import { loadConfig } from './config.ts';
import { runDemo } from './demo.ts';
import { listSnapshots, listTables, readQuarantine, readStatus, resolveSnapshotPath } from './inspect.ts';
import { formatTable } from './print-table.ts';
import { describeOutcome, runRefresh } from './run-refresh.ts';
import { loadTokenSecret } from './secret.ts';
import { runServer } from './serve.ts';
import { addViewCommands } from './view-commands.ts';

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** The command line: every command, what it takes and an example of it. */
export function buildProgram(): Command {
  const program = new Command('chiasm')
    .description('The analytics warehouse where health records (FHIR) and images (DICOM) cross.')
    .showHelpAfterError('(chiasm <command> --help shows what a command takes)')
    .addHelpText('after', GUIDE);
  addDemo(program);
  addRefresh(program);
  addServe(program);
  addInspection(program);
  addToken(program);
  addViewCommands(program);
  return program;
}

const GUIDE = `
Begin with \`chiasm demo\`: a synthetic cancer centre, refreshed and served at http://127.0.0.1:4000.
For your own data write chiasm.yaml:

  sources:
    - { name: ehr,  kind: fhir-folder,  path: /exports/fhir }
    - { name: pacs, kind: dicom-folder, path: /archive/dicom }

then \`chiasm refresh\` every night and \`chiasm serve\`.

Exit codes: 0 done or nothing to do, 1 a defect of Chiasm, 2 something you can mend (configuration, paths),
3 the data broke a rule and nothing was published, 4 another run is writing.`;

function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration', 'chiasm.yaml');
}

function withJson(command: Command): Command {
  return command.option('--json', 'print JSON for programs instead of text for people');
}

function addDemo(program: Command): void {
  program
    .command('demo')
    .description('make a synthetic cancer centre, refresh it, serve it and answer a question')
    .option('--directory <path>', 'where it is made', '.chiasm/demo')
    .option('--patients <n>', 'how many patients', parseCount, 120)
    .option('--seed <n>', 'the same seed makes the same centre', parseCount, 42)
    .option('--port <n>', 'port on 127.0.0.1', parseCount, 4000)
    .option('--no-serve', 'stop after the refresh')
    .action(runDemo);
}

function addRefresh(program: Command): void {
  withJson(withConfig(program.command('refresh')))
    .description('one run: land what changed, link, flatten, build and check the marts, publish a snapshot')
    .option('--full', 'rebuild every table even if nothing changed')
    .option('--only <source...>', 'read only these sources')
    .addHelpText('after', '\nExample for cron:  15 2 * * *  chiasm refresh -c /etc/chiasm.yaml --json')
    .action(async (flags: Common & { full?: boolean; only?: string[] }) => {
      const outcome = await runRefresh(loadConfig(flags.config), flags);
      if (flags.json) printJson(outcome);
      else print(describeOutcome(outcome));
    });
}

function addServe(program: Command): void {
  withConfig(program.command('serve'))
    .description('serve the REST API, the catalog and the page; needs a token (see `chiasm token`)')
    .action(async (flags: Common) => {
      await runServer(loadConfig(flags.config), { isDemo: false });
    });
}

function addInspection(program: Command): void {
  withJson(withConfig(program.command('status')))
    .description('is it fresh, is it complete, is it safe to use')
    .action(async (flags: Common) => {
      const status = await readStatus(loadConfig(flags.config), new Date());
      if (flags.json) return printJson(status);
      const run = status.lastRun;
      print(
        [
          status.snapshot === null
            ? 'Nothing is published yet: run `chiasm refresh`.'
            : `Snapshot ${status.snapshot} of ${status.publishedAt}, profile ${status.profile}: ` +
              `${status.tables} tables, ${status.rows.toLocaleString('en-US')} rows.`,
          run === null
            ? 'No run yet.'
            : `Last run ${run.runId}: ${run.status}${run.errorCode ? ` (${run.errorCode})` : ''}.`,
          status.isFresh ? 'Fresh.' : 'Not fresh: the last good run is more than 26 hours old.',
          `${status.quarantined} inputs in quarantine${status.quarantined > 0 ? ': see `chiasm quarantine`' : ''}.`,
        ].join('\n'),
      );
    });
  const snapshots = withJson(withConfig(program.command('snapshots')))
    .description('the published snapshots')
    .action(async (flags: Common) => {
      const list = await listSnapshots(loadConfig(flags.config));
      if (flags.json) return printJson(list);
      print(
        formatTable(
          ['snapshot', 'published', 'profile', 'tables', 'rows', 'bytes'],
          list.map((each) => [
            `${each.number}${each.isCurrent ? ' *' : ''}`,
            each.createdAt,
            each.profile,
            each.tables,
            each.rows,
            each.bytes,
          ]),
        ),
      );
    });
  snapshots
    .command('path [number]')
    .description('directory of one snapshot’s Parquet files; resolve it once and open all tables below it')
    .addHelpText(
      'after',
      '\nExample:  duckdb -c "from read_parquet(\'$(chiasm snapshots path)/marts/patients/*.parquet\')"',
    )
    .action(async (number: string | undefined, _flags: unknown, command: Command) => {
      const { config } = command.optsWithGlobals<Common>();
      print(
        await resolveSnapshotPath(loadConfig(config), number === undefined ? undefined : parseCount(number)),
      );
    });
  withJson(withConfig(program.command('tables')))
    .description('tables of the current snapshot with their rows')
    .action(async (flags: Common) => {
      const tables = await listTables(loadConfig(flags.config));
      if (flags.json) return printJson(tables);
      print(
        formatTable(
          ['table', 'rows'],
          tables.map((each) => [`${each.schema}.${each.name}`, each.rows]),
        ),
      );
    });
  withJson(withConfig(program.command('quarantine')))
    .description('what was refused and why; files are named by hash because names can name patients')
    .option('--paths', 'show the paths of the files, too')
    .option('--limit <n>', 'at most so many lines', parseCount, 200)
    .action(async (flags: Common & { paths?: boolean; limit: number }) => {
      const entries = await readQuarantine(loadConfig(flags.config));
      if (flags.json) {
        return printJson(entries.map(({ path, ...entry }) => (flags.paths ? { ...entry, path } : entry)));
      }
      const shown = entries.slice(0, flags.limit);
      print(
        formatTable(
          ['source', 'code', 'file', 'line', 'offset', 'bytes', 'element', ...(flags.paths ? ['path'] : [])],
          shown.map((each) => [
            each.source,
            each.code,
            each.file,
            each.line,
            each.offset,
            each.length,
            each.element,
            ...(flags.paths ? [each.path] : []),
          ]),
        ),
      );
      if (shown.length < entries.length) print(`… and ${entries.length - shown.length} more (--limit)`);
    });
}

function addToken(program: Command): void {
  withConfig(program.command('token'))
    .description('a signed token for the REST API and the sign-in page')
    .option('--subject <name>', 'who will use it', 'analyst')
    .addOption(new Option('--group <group>', 'what the bearer may see').default('analysts'))
    .option('--expires <time>', 'how long it is good, such as 12h or 30d', '12h')
    .action(async (flags: Common & { subject: string; group: string; expires: string }) => {
      const { signToken } = await import('../serve/token.ts');
      const secret = loadTokenSecret(loadConfig(flags.config).serve.secretFile);
      print(signToken({ subject: flags.subject, group: flags.group, secret, expiresIn: flags.expires }));
    });
}

function parseCount(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is not a whole number`);
  return number;
}
