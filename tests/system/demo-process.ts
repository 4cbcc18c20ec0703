import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../base/package-root.ts';

const PROGRAM = join(packageRoot, 'dist/cli/chiasm.js');

export interface DemoProcess {
  /** Where `chiasm.yaml` is. */
  readonly directory: string;
  /** What was printed until everything was served. */
  readonly output: string;
  readonly url: string;
  readonly sqlPort: number;
  /** What a document says, with the ports and the directory of this demo. */
  here(documented: string): string;
  /** What a shell prints that runs what a document says. Throws when a command of it fails. */
  shell(documented: string, options?: ShellOptions): Promise<string>;
  close(): Promise<void>;
}

export interface ShellOptions {
  /** The demo's directory, unless something else is said. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The demo in a process of its own, as `npm start` runs it but for the ports and the directory. */
export async function startDemo(): Promise<DemoProcess> {
  const root = mkdtempSync(join(tmpdir(), 'chiasm-start-'));
  const directory = join(root, 'demo');
  const child = spawn(process.execPath, [
    PROGRAM,
    ...['demo', '--directory', directory, '--port', '0', '--sql-port', '0'],
  ]);
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const ended = once(child, 'close');
  await Promise.race([
    new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        output += chunk;
        if (output.includes('Stop: Ctrl-C')) resolve();
      });
    }),
    ended.then(() => {
      throw new Error(`the demo ended: ${errors}`);
    }),
  ]);
  const url = /^Open +(\S+)$/m.exec(output)?.[1] ?? '';
  const sqlPort = Number(/^SQL .*\bport=(\d+)/m.exec(output)?.[1]);
  // `chiasm` on the path, as `npm link` puts it there.
  const link = join(root, 'chiasm');
  writeFileSync(link, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
  chmodSync(link, 0o755);
  const here: DemoProcess['here'] = (documented) =>
    documented
      .replaceAll('127.0.0.1:4000', new URL(url).host)
      .replaceAll('5433', String(sqlPort))
      .replaceAll('.chiasm/demo', directory)
      // It compiles before each command, which others run meanwhile.
      .replaceAll(/npm run (--silent )?chiasm --/g, 'chiasm');
  return {
    directory,
    output,
    url,
    sqlPort,
    here,
    shell: async (documented, { cwd = directory, env = {}, input = '' } = {}) => {
      const running = promisify(execFile)('bash', ['-euo', 'pipefail', '-c', here(documented)], {
        cwd,
        env: { ...process.env, ...env, PATH: `${root}:${process.env['PATH']}` },
        maxBuffer: 1 << 28,
      });
      running.child.stdin?.end(here(input));
      return (await running).stdout;
    },
    close: async () => {
      child.kill('SIGINT');
      await ended;
      rmSync(root, { recursive: true, force: true });
    },
  };
}
