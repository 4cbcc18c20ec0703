import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

const BUFFER_CHARACTERS = 512 * 1024;

interface OpenFile {
  readonly handle: FileHandle;
  parts: string[];
  characters: number;
}

/** Appends lines to `<name>.ndjson` files of a folder; buffers are bounded and writes awaited. */
export interface NdjsonFolder {
  append(name: string, line: string): Promise<void>;
  close(): Promise<void>;
}

export async function openNdjsonFolder(folder: string, extension = '.ndjson'): Promise<NdjsonFolder> {
  await mkdir(folder, { recursive: true });
  const files = new Map<string, OpenFile>();
  const flush = async (file: OpenFile): Promise<void> => {
    const text = file.parts.join('');
    file.parts = [];
    file.characters = 0;
    await file.handle.appendFile(text);
  };
  return {
    async append(name, line) {
      let file = files.get(name);
      if (file === undefined) {
        file = { handle: await open(join(folder, `${name}${extension}`), 'w'), parts: [], characters: 0 };
        files.set(name, file);
      }
      file.parts.push(line, '\n');
      file.characters += line.length + 1;
      if (file.characters >= BUFFER_CHARACTERS) await flush(file);
    },
    async close() {
      for (const file of files.values()) {
        await flush(file);
        await file.handle.close();
      }
      files.clear();
    },
  };
}
