import type { Command } from 'commander';
import { type Common, withAsOf, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { print, printJson } from './output.ts';
import { formatTable } from './print-table.ts';

interface AsOf {
  readonly asOf?: string;
}

/** The published snapshots: list them, find their files, keep one under a name; and their tables. */
export function addSnapshotCommands(program: Command): void {
  const snapshots = withJson(withConfig(program.command('snapshots')))
    .description('the published snapshots that are still there; * is the current one')
    .action(async (flags: Common) => {
      const { listSnapshots } = await import('./inspect-snapshots.ts');
      const list = await listSnapshots(loadConfig(flags.config));
      if (flags.json) return printJson(list);
      print(
        formatTable(
          ['snapshot', 'published', 'profile', 'tables', 'rows', 'bytes', 'releases'],
          list.map((each) => [
            `${each.number}${each.isCurrent ? ' *' : ''}`,
            each.createdAt,
            each.profile,
            each.tables,
            each.rows,
            each.bytes,
            each.releases.map((release) => release.name).join(', '),
          ]),
        ),
      );
    });
  addPath(snapshots);
  addRelease(snapshots);
  addUnrelease(snapshots);
  addTables(program);
}

function addPath(snapshots: Command): void {
  withAsOf(snapshots.command('path'))
    .description('directory of one snapshot’s Parquet files; resolve it once and open all tables below it')
    .addHelpText(
      'after',
      '\nExample:  duckdb -c "from read_parquet(\'$(chiasm snapshots path)/marts/patients/*.parquet\')"',
    )
    .action(async (_flags: unknown, command: Command) => {
      const { resolveSnapshotPath } = await import('./inspect-snapshots.ts');
      const { config, asOf } = command.optsWithGlobals<Common & AsOf>();
      print(await resolveSnapshotPath(loadConfig(config), asOf));
    });
}

function addRelease(snapshots: Command): void {
  withAsOf(snapshots.command('release <name>'))
    .description('keep a snapshot under a name: it does not expire, and `--as-of NAME` finds it again')
    .option('--note <text>', 'why, for whoever finds it')
    .addHelpText('after', '\nExample:  chiasm snapshots release annual-report-2024 --as-of 2024-12-31')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Common & AsOf & { note?: string }>();
      const { releaseSnapshot } = await import('../etl/warehouse/release.ts');
      const { resolveAsOf } = await import('../etl/warehouse/as-of.ts');
      const { warehouse } = loadConfig(flags.config).directories;
      const made = await releaseSnapshot(warehouse, name, {
        now: new Date(),
        ...(flags.asOf === undefined ? {} : { snapshot: await resolveAsOf(warehouse, flags.asOf) }),
        ...(flags.note === undefined ? {} : { note: flags.note }),
      });
      if (flags.json) return printJson(made);
      print(`Snapshot ${made.snapshot} is released as ${made.name} and does not expire.`);
    });
}

function addUnrelease(snapshots: Command): void {
  snapshots
    .command('unrelease <name>')
    .description('take a release back: its snapshot expires like any other')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Common>();
      const { unreleaseSnapshot } = await import('../etl/warehouse/release.ts');
      await unreleaseSnapshot(loadConfig(flags.config).directories.warehouse, name);
      if (flags.json) return printJson({ name });
      print(`The release ${name} is taken back.`);
    });
}

function addTables(program: Command): void {
  withAsOf(withJson(withConfig(program.command('tables'))))
    .description('tables of a snapshot with their rows')
    .action(async (flags: Common & AsOf) => {
      const { listTables } = await import('./inspect-snapshots.ts');
      const tables = await listTables(loadConfig(flags.config), flags.asOf);
      if (flags.json) return printJson(tables);
      print(
        formatTable(
          ['table', 'rows'],
          tables.map((each) => [`${each.schema}.${each.name}`, each.rows]),
        ),
      );
    });
}
