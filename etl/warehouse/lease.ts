import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode, isMissing, listDirectory } from '../../base/files.ts';

/** A lease that its holder has not renewed for this long is void. */
export const LEASE_LIFETIME_MS = 10 * 60_000;

export interface Lease {
  /** Extends the lease by its lifetime. */
  renew(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Records that this process reads snapshot `number`, so that retention keeps it. Who may only read the warehouse leaves no
 * lease, and is protected by the grace of retention alone.
 */
export async function takeLease(warehouse: string, number: number): Promise<Lease> {
  const directory = join(warehouse, 'leases');
  const path = join(directory, `${number}.${process.pid}.${randomBytes(4).toString('hex')}.json`);
  // Written anew, not only touched: one that was swept away while the machine slept comes back.
  const write = (): Promise<void> => writeFile(path, JSON.stringify({ host: hostname(), pid: process.pid }));
  try {
    await mkdir(directory, { recursive: true });
    await write();
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error;
    return { renew: async () => {}, release: async () => {} };
  }
  let isHeld = true;
  return {
    renew: async () => {
      if (isHeld) await write();
    },
    release: async () => {
      isHeld = false;
      await rm(path, { force: true });
    },
  };
}

/** The snapshots that somebody reads; leases of dead processes and unrenewed ones are swept away. */
export async function leasedSnapshots(warehouse: string, now: number): Promise<ReadonlySet<number>> {
  const directory = join(warehouse, 'leases');
  const leased = new Set<number>();
  for (const name of await listDirectory(directory)) {
    const digits = /^(\d+)\.\d+\.[0-9a-f]+\.json$/.exec(name)?.[1];
    if (digits === undefined) continue;
    const path = join(directory, name);
    if (await isVoid(path, now)) await rm(path, { force: true });
    else leased.add(Number(digits));
  }
  return leased;
}

/** Void is the lease of a dead process, and one that nobody has renewed: in a container every process is number 1. */
async function isVoid(path: string, now: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs > LEASE_LIFETIME_MS) return true;
    const holder = JSON.parse(await readFile(path, 'utf8')) as { host?: unknown; pid?: unknown };
    return holder.host === hostname() && typeof holder.pid === 'number' && !isAlive(holder.pid);
  } catch (error) {
    if (isMissing(error)) return true;
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
