import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunningPostgres {
  readonly directory: string;
  stop(): void;
}

/** A PostgreSQL of Debian's packages in a temporary directory, reached through a socket there. Throws when there is none. */
export function startPostgres(): RunningPostgres {
  const root = '/usr/lib/postgresql';
  const version = existsSync(root) ? readdirSync(root).sort().at(-1) : undefined;
  if (version === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const programs = join(root, version, 'bin');
  const directory = mkdtempSync(join(tmpdir(), 'chiasm-bench-'));
  const isRoot = process.getuid?.() === 0;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (isRoot) chownSync(directory, id('-u'), id('-g'));
  chmodSync(directory, 0o755);
  const run = (command: string): void => {
    const [program, args] = isRoot
      ? (['su', ['postgres', '-c', command]] as const)
      : (['sh', ['-c', command]] as const);
    const { status, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(stderr);
  };
  run(`${programs}/initdb -D ${directory}/data -U postgres -A trust -E UTF8 --locale=C`);
  const settings = `-k ${directory} -c listen_addresses=127.0.0.1 -c port=59432 -c shared_buffers=1GB -c work_mem=256MB -c fsync=off -c timezone=UTC`;
  run(`${programs}/pg_ctl -D ${directory}/data -o '${settings}' -l ${directory}/log -w start`);
  const stop = (): void => {
    process.off('exit', stop);
    run(`${programs}/pg_ctl -D ${directory}/data -m immediate stop`);
    rmSync(directory, { recursive: true, force: true });
  };
  // Whoever stops the benchmark stops this, too.
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return { directory, stop };
}
