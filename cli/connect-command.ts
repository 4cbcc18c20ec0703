import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Argument, type Command } from 'commander';
import { ChiasmError } from '../base/error.ts';
import { type Common, withConfig, withJson } from './common-options.ts';
import { type Config, loadConfig } from './config.ts';
import type { Connection, Target } from './connect/target.ts';
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
      const connection = await TOOLS[tool](target);
      const files = await writeFiles(flags, connection);
      if (flags.json) {
        printJson({ tool, target, steps: connection.steps, files, tried: connection.tried });
        return;
      }
      for (const path of outermost(flags, files)) print(`Written: ${path}`);
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
    groups: sql.groups,
  };
}

/** An address that means every address of this machine is none to connect to. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host;
}

async function writeFiles(
  flags: ConnectFlags,
  { files, starters = {} }: Connection,
): Promise<readonly string[]> {
  const folder = resolve(flags.output);
  const placed = (texts: Readonly<Record<string, string>>): readonly { path: string; text: string }[] =>
    Object.entries(texts).map(([name, text]) => ({ path: join(folder, name), text }));
  const written = [...placed(files)];
  for (const { path } of written) {
    if (flags.force !== true && (await exists(path))) {
      throw new ChiasmError(
        'file-exists',
        `${path} is there already: --force overwrites it, --output names another folder`,
      );
    }
  }
  for (const starter of placed(starters)) {
    if (!(await exists(starter.path))) written.push(starter);
  }
  for (const { path, text } of written) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return written.map(({ path }) => path);
}

/** Files, and folders in place of what is in them, right below the output folder. */
function outermost({ output }: ConnectFlags, paths: readonly string[]): readonly string[] {
  const folder = resolve(output);
  const names = paths.map(
    (path) =>
      path
        .slice(folder.length)
        .split(sep)
        .find((part) => part !== '') ?? '',
  );
  return [...new Set(names)].map((name) => join(folder, name));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
