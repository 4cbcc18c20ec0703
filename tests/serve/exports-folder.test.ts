import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { makeExportsFolder } from '../../serve/exports-folder.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('a server sweeps away what killed ones were exporting, and nothing of those that live', async () => {
  const parent = temporaryDirectory();
  const living = await makeExportsFolder(parent);
  mkdirSync(join(parent, 'chiasm-exports-unknown'));
  const module = pathToFileURL(join(packageRoot, 'dist/serve/exports-folder.js'));
  const script = `
    const { makeExportsFolder } = await import(${JSON.stringify(module)});
    const folder = await makeExportsFolder(${JSON.stringify(parent)});
    await (await import('node:fs/promises')).writeFile(folder + '/rows.parquet', 'rows');
    process.stdout.write(folder);
    setInterval(() => {}, 1000);`;
  const server = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const folder = String((await once(server.stdout, 'data'))[0]);
  await makeExportsFolder(parent);
  expect(existsSync(join(folder, 'rows.parquet'))).toBe(true);
  server.kill('SIGKILL');
  await once(server, 'exit');
  const next = await makeExportsFolder(parent);
  expect(existsSync(folder)).toBe(false);
  expect([living, next, join(parent, 'chiasm-exports-unknown')].every(existsSync)).toBe(true);
  expect(readdirSync(parent)).toHaveLength(4);
});
