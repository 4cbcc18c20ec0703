import type { Command } from 'commander';

/** The options that every command over a warehouse takes. */
export interface Common {
  readonly config: string;
  readonly json?: boolean;
}

export function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'configuration', 'chiasm.yaml');
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON for programs instead of text for people');
}

export function withAsOf(command: Command): Command {
  return command.option(
    '--as-of <when>',
    'a snapshot by number, release name, day (2024-03-31: as it was at the end of it, UTC) or instant',
  );
}
