import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Common, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { print, printJson } from './output.ts';
import { formatTable } from './print-table.ts';

/** The commands over those who may sign in to the PostgreSQL endpoint. */
export function addUserCommands(program: Command): void {
  const user = program
    .command('user')
    .description('who may sign in to the PostgreSQL endpoint (docs/sql.md)');
  withConfig(user.command('add <name>'))
    .description(
      'add a user, or give one a new password; without --stdin a password is made and printed once',
    )
    .option('--group <group>', 'what the user may read, see `sql.groups`', 'analysts')
    .option('--stdin', 'read the password from standard input')
    .action(async (name: string, flags: Common & { group: string; stdin?: boolean }) => {
      const { writeUser } = await import('../serve/sql/users.ts');
      const made = flags.stdin === true ? undefined : makePassword();
      const password = made ?? (await readPassword());
      await writeUser(loadConfig(flags.config).sqlUsersFile, { name, group: flags.group, password });
      if (made !== undefined) print(made);
    });
  withConfig(user.command('remove <name>'))
    .description('remove a user; sessions that are open go on')
    .action(async (name: string, flags: Common) => {
      const { removeUser } = await import('../serve/sql/users.ts');
      const isRemoved = await removeUser(loadConfig(flags.config).sqlUsersFile, name);
      print(isRemoved ? `${name} is removed.` : `There is no user ${name}.`);
    });
  withJson(withConfig(user.command('list')))
    .description('the users and their groups')
    .action(async (flags: Common) => {
      const { readUsers } = await import('../serve/sql/users.ts');
      const users = await readUsers(loadConfig(flags.config).sqlUsersFile);
      const list = [...users.values()].map(({ name, group }) => ({ name, group }));
      if (flags.json) printJson(list);
      else
        print(
          formatTable(
            ['user', 'group'],
            list.map(({ name, group }) => [name, group]),
          ),
        );
    });
}

/** Long enough that nobody guesses it, without characters that a connection string would have to escape. */
export function makePassword(): string {
  return randomBytes(18).toString('base64url');
}

async function readPassword(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return text.replace(/\r?\n$/, '');
}
