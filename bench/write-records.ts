import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { type Choice, choiceFrom } from './random.ts';

/**
 * Writes lines until the file has `bytes`, and gives its path. The same arguments give the same bytes; a file
 * that is there is taken as it is.
 */
export async function writeRecords(
  path: string,
  bytes: number,
  line: (index: number, choice: Choice) => string,
): Promise<string> {
  if (existsSync(path) && statSync(path).size >= bytes) return path;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const stream = createWriteStream(partial, { highWaterMark: 1 << 22 });
  const choice = choiceFrom(20_260_101);
  let written = 0;
  for (let index = 0; written < bytes; ) {
    const lines: string[] = [];
    for (let count = 0; count < 500; count++) lines.push(line(index++, choice));
    const chunk = Buffer.from(`${lines.join('\n')}\n`);
    written += chunk.length;
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
  stream.end();
  await finished(stream);
  renameSync(partial, path);
  return path;
}

/** A file with the lines of another one so many times over. */
export async function repeatFile(source: string, target: string, times: number): Promise<string> {
  const bytes = statSync(source).size * times;
  if (existsSync(target) && statSync(target).size === bytes) return target;
  for (let time = 0; time < times; time++) {
    await pipeline(createReadStream(source), createWriteStream(target, { flags: time === 0 ? 'w' : 'a' }));
  }
  return target;
}
