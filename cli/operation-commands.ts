import { type Command, Option } from 'commander';
import { type Common, withConfig, withJson } from './common-options.ts';
import { loadConfig } from './config.ts';
import { parseCount, parseWait, print } from './output.ts';

/** What an administrator sets up: the schedule, the webhook, a backup. */
export function addOperations(program: Command): void {
  withJson(withConfig(program.command('schedule')))
    .description('start a refresh whenever the schedule in the configuration says so, without serving')
    .option('--list <n>', 'only print the next n times', parseCount)
    .addHelpText('after', SCHEDULE)
    .action(async (flags: Common & { list?: number }) => {
      const { listSchedule, scheduleCommand } = await import('./run-schedule.ts');
      const config = loadConfig(flags.config);
      if (flags.list === undefined) await scheduleCommand(config);
      else listSchedule(config, flags.list, flags.json === true);
    });
  withConfig(program.command('webhook'))
    .description('send a test event to the webhook in the configuration')
    .addHelpText('after', WEBHOOK)
    .action(async (flags: Common) => {
      const { testWebhook } = await import('./refresh-command.ts');
      print(`Delivered to ${await testWebhook(loadConfig(flags.config))}.`);
    });
  withConfig(program.command('quiesce'))
    .description('run a command, such as a backup, while no refresh can write')
    .argument('<command...>', 'the command, after --')
    .addOption(
      new Option('--wait <time>', 'how long to wait for a refresh that is running')
        .argParser(parseWait)
        .default(2 * 36e5, '2h'),
    )
    .addHelpText(
      'after',
      `
Readers and the server go on. The exit code is the command's; 4 where a refresh was running for longer than --wait.

Example:  chiasm quiesce -c /etc/chiasm/chiasm.yaml -- tar -cf /backup/chiasm.tar /srv/chiasm
What belongs into a backup is in docs/operations.md.`,
    )
    .action(async (command: string[], flags: Common & { wait: number }) => {
      const { quiesce } = await import('./quiesce.ts');
      process.exitCode = await quiesce(loadConfig(flags.config), command, flags.wait);
    });
}

const SCHEDULE = `
In chiasm.yaml:

  schedule:
    cron: "15 2 * * *"         # minute, hour, day of month, month, day of week; or a list of them
    timeZone: Europe/Berlin    # without it, that of the machine
    startingDeadline: 6h       # a run missed because nothing was there to start it is made up for within this time

\`chiasm serve\` keeps the schedule, too: use \`chiasm schedule\` where nothing is served. Each refresh is a process of its
own. One that is still running when the next is due goes on, and the next is skipped. When the clocks change, a time such
as 02:30 comes once. One line of JSON per run on stderr; \`chiasm status\` tells when the next is due.`;

const WEBHOOK = `
In chiasm.yaml:

  webhook:
    url: https://alerts.hospital.example/chiasm
    secretFile: /etc/chiasm/webhook-secret     # made with: echo "whsec_$(openssl rand -base64 32)"
    on: [held, failed, incomplete, killed]     # without it, all: also published, unchanged, locked

Every \`chiasm refresh\` then ends with a POST of JSON: event, runId, status, snapshot, counts of records, errorCode, host.
It is signed as Standard Webhooks 1.0 has it: webhook-id, webhook-timestamp and webhook-signature, which is "v1," and the
base64 of HMAC-SHA256 over id.timestamp.body.`;
