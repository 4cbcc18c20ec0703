import type { Command } from 'commander';
import { type Common, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { parseCount, print, printJson } from './output.ts';
import { formatTable } from './print-table.ts';

/** The commands that only look: status, snapshots, tables, quarantine. */
export function addInspection(program: Command): void {
  withJson(withConfig(program.command('status')))
    .description(
      'is it fresh, is it complete, is it safe to use, who must do what; how long will the disk last',
    )
    .addHelpText(
      'after',
      '\nExit code 0: nobody has to do anything. 6: somebody should look. 7: do not rely on it until somebody has.',
    )
    .action(async (flags: Common) => {
      const { readStatus } = await import('./status.ts');
      const status = await readStatus(loadConfig(flags.config), new Date());
      if (flags.json) printJson(status);
      else {
        const { formatStatus } = await import('./print-status.ts');
        print(formatStatus(status));
      }
      process.exitCode = status.exitCode;
    });
  const snapshots = withJson(withConfig(program.command('snapshots')))
    .description('the published snapshots')
    .action(async (flags: Common) => {
      const { listSnapshots } = await import('./inspect.ts');
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
      const { resolveSnapshotPath } = await import('./inspect.ts');
      const { config } = command.optsWithGlobals<Common>();
      print(
        await resolveSnapshotPath(loadConfig(config), number === undefined ? undefined : parseCount(number)),
      );
    });
  withJson(withConfig(program.command('tables')))
    .description('tables of the current snapshot with their rows')
    .action(async (flags: Common) => {
      const { listTables } = await import('./inspect.ts');
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
      const { readQuarantine } = await import('./inspect.ts');
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
