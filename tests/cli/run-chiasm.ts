import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-root.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: Buffer;
  readonly err: string;
}

/** Runs the command line; `stdin` is a file. */
export function chiasm(parameters: readonly string[], stdin?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(packageRoot, 'dist/cli/chiasm.js'), ...parameters]);
    const out: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: Buffer.concat(out), err }));
    if (stdin === undefined) child.stdin.end();
    else createReadStream(stdin).pipe(child.stdin);
  });
}
