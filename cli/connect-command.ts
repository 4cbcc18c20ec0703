import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Argument, type Command } from 'commander';
import { ChiasmError } from '../base/error.ts';
import { type Common, withConfig, withJson } from './common-options.ts';
import { type Config, loadConfig } from './config.ts';
import type { Target } from './connect/target.ts';
import { TOOLS, type Tool } from './connect/tools.ts';
import { print, printJson } from './output.ts';

interface ConnectFlags extends Common {
  readonly user: string;
  readonly host?: string;
  readonly output: string;
  readonly force?: boolean;
}

/** `chiasm connect <tool>`: the steps that connect a tool, and the file where one spares steps. */
export function addConnectCommand(program: Command): void {
  const tools = Object.keys(TOOLS);
  withJson(withConfig(program.command('connect')))
    .addArgument(new Argument('<tool>', 'what reads').choices(tools))
    .description('how a tool reads Chiasm by SQL; writes the file that connects it, where there is one')
    .option('--user <name>', 'who signs in (chiasm user add)', 'ana')
    .option('--host <host>', 'the name that the tool reaches this machine by')
    .option('--output <folder>', 'where the file is written', '.')
    .option('--force', 'overwrite a file that is there')
    .action(async (tool: Tool, flags: ConnectFlags) => {
      const target = targetOf(loadConfig(flags.config), flags);
      const connection = TOOLS[tool](target);
      const files = await writeFiles(flags, connection.files);
      if (flags.json) {
        printJson({ tool, target, steps: connection.steps, files, tried: connection.tried });
        return;
      }
      for (const file of files) print(`Written: ${file}`);
      connection.steps.forEach((step, index) => {
        print(`${index + 1}. ${step}`);
      });
      print(`\n${connection.tried}`);
    });
}

function targetOf({ sql, serve }: Config, flags: ConnectFlags): Target {
  if (sql === undefined) {
    throw new ChiasmError(
      'sql-off',
      'SQL is off: set `sql: {}` in chiasm.yaml and start `chiasm serve` again',
    );
  }
  return {
    host: flags.host ?? reachable(sql.host),
    port: sql.port,
    database: 'chiasm',
    user: flags.user,
    hasTls: sql.tls !== undefined,
    httpUrl: `http://${flags.host ?? reachable(serve.host)}:${serve.port}`,
  };
}

/** An address that means every address of this machine is none to connect to. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host;
}

async function writeFiles(
  flags: ConnectFlags,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const folder = resolve(flags.output);
  const paths = Object.entries(files).map(([name, text]) => ({ path: join(folder, name), text }));
  for (const { path } of paths) {
    if (flags.force !== true && (await exists(path))) {
      throw new ChiasmError(
        'file-exists',
        `${path} is there already: --force overwrites it, --output names another folder`,
      );
    }
  }
  if (paths.length > 0) await mkdir(folder, { recursive: true });
  for (const { path, text } of paths) await writeFile(path, text);
  return paths.map(({ path }) => path);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
