import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { packageRoot } from '../../base/package-root.ts';
import { writeUser } from '../../serve/sql/users.ts';
import { SECRET } from './serve-fixture.ts';
import { PASSWORD } from './sql/sql-fixture.ts';

/** What a server holds at a moment. */
export interface ServerUsage {
  /** Bytes of memory that JavaScript still reaches, and those of the whole process. */
  readonly heap: number;
  readonly rss: number;
  /** Open files, and open connections with the sockets that listen. */
  readonly files: readonly string[];
  readonly sockets: number;
  /** Snapshots that it has leased, a number for each lease. */
  readonly leases: readonly number[];
  /** What lies in its folder for spilled rows and exports, however deep. */
  readonly temporary: readonly string[];
}

export interface ServerProcess {
  readonly url: string;
  readonly sqlPort: number;
  readonly pid: number;
  readonly warehouse: string;
  /** Where the server spills and makes exports. */
  readonly spill: string;
  /** A connected client of the user `ana`. */
  connect(options?: pg.ClientConfig): Promise<pg.Client>;
  /** Resident memory in bytes, read from outside. */
  rss(): number;
  /** After a garbage collection. */
  usage(): Promise<ServerUsage>;
  /** What the server logged. */
  events(): readonly Readonly<Record<string, unknown>>[];
  /** Ends it as a power cut would, and leaves its files. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** The server with its PostgreSQL endpoint in a process of its own (Linux); `prepare` publishes into its warehouse. */
export async function startServerProcess(
  prepare: (warehouse: string) => Promise<unknown>,
  { maxConnections = 20 }: { readonly maxConnections?: number } = {},
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'chiasm-server-'));
  const [warehouse, spill] = [join(folder, 'warehouse'), join(folder, 'spill')];
  const [usersFile, auditFile] = [join(folder, 'users.json'), join(folder, 'audit.ndjson')];
  mkdirSync(warehouse);
  await writeUser(usersFile, { name: 'ana', group: 'analysts', password: PASSWORD });
  await prepare(warehouse);
  const options = {
    auditFile,
    warehouse,
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    demo: false,
    database: { threads: 2, memoryLimit: '1GB', temporaryDirectory: spill },
    sql: {
      host: '127.0.0.1',
      port: 0,
      usersFile,
      groups: { analysts: ['marts'] },
      maxConnections,
      statementTimeoutMs: 600_000,
      idleTransactionMs: 600_000,
      catalogDirectory: join(tmpdir(), 'chiasm-tests-sql-catalog'),
    },
  };
  const child = fork(join(packageRoot, 'tests/serve/server-child.mjs'), [JSON.stringify(options)], {
    execArgv: ['--expose-gc'],
  });
  const { url, port } = (await answerOf(child)) as { url: string; port: number };
  const pid = child.pid ?? 0;
  const end = async (ask: () => unknown): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    ask();
    await ended;
  };
  return {
    url,
    sqlPort: port,
    pid,
    warehouse,
    spill,
    connect: async (config = {}) => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user: 'ana',
        password: PASSWORD,
        database: 'chiasm',
        ...config,
      });
      await client.connect();
      return client;
    },
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    usage: async () => {
      const answered = answerOf(child);
      child.send('usage');
      const memory = (await answered) as { rss: number; heap: number };
      const open = openTargets(pid);
      return {
        ...memory,
        files: open.filter((target) => target.startsWith('/')).sort(),
        sockets: open.filter((target) => target.startsWith('socket:')).length,
        leases: readdirSync(join(warehouse, 'leases')).map((name) => Number.parseInt(name, 10)),
        temporary: readdirSync(spill, { recursive: true }).map(String),
      };
    },
    events: () =>
      readFileSync(auditFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    kill: () => end(() => child.kill('SIGKILL')),
    stop: async () => {
      await end(() => child.connected && child.send('stop'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the server ended');
  });
  ended.catch(() => undefined);
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  return answer;
}

/** What the file descriptors of a process point to. */
function openTargets(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))];
    } catch {
      // closed since it was listed
      return [];
    }
  });
}
