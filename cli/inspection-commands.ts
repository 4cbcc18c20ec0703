import type { Command } from 'commander';
import { type Common, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { parseCount, print, printJson } from './output.ts';
import { formatTable } from './print-table.ts';

/** The commands that only look: status, quarantine. */
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
