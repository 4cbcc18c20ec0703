import { compareCodePoints } from './file-tree.ts';
import type { KnownOrigin } from './source-run.ts';

/** The file that an origin is or stands in, and its number there; 0 for the file itself. */
export interface PlaceInFile {
  readonly file: string;
  readonly number: number;
}

/** `a.dicom.ndjson#7` is the seventh line of `a.dicom.ndjson`. */
export function placeInFile(path: string): PlaceInFile {
  const [, file, number] = /^(.+\.dicom\.(?:nd)?json)#(\d+)$/s.exec(path) ?? [];
  return file === undefined ? { file: path, number: 0 } : { file, number: Number(number) };
}

/**
 * Goes through what is known beside a walk of the files, both in the same order, and so finds what is gone. Memory: one
 * batch. What lies below a place that could not be reached is neither known nor gone.
 */
export class KnownCursor {
  readonly #batches: AsyncIterator<readonly KnownOrigin[]>;
  #batch: readonly KnownOrigin[] = [];
  #at = 0;
  /** Beginnings of paths, each with `/` at its end, that may still come. */
  #unreachable: readonly string[] = [];

  constructor(known: AsyncIterable<readonly KnownOrigin[]>) {
    this.#batches = known[Symbol.asyncIterator]();
  }

  /** What comes before a file and has not been taken: it is gone. Batch by batch. */
  async *skipTo(file: string): AsyncGenerator<readonly KnownOrigin[]> {
    yield* this.#goneUntil((place) => compareCodePoints(place, file) >= 0);
  }

  /** All the rest. */
  async *skipRest(): AsyncGenerator<readonly KnownOrigin[]> {
    yield* this.#goneUntil(() => false);
  }

  /** What is known of a file up to a number, after `skipTo`. */
  async take(file: string, upTo: number): Promise<KnownOrigin[]> {
    const taken: KnownOrigin[] = [];
    await this.#takeEach(file, upTo, (origin) => taken.push(origin));
    return taken;
  }

  /** Passes over what is left of a file: nobody can say whether it is gone. */
  async pass(file: string): Promise<void> {
    await this.#takeEach(file, Number.POSITIVE_INFINITY, () => {});
  }

  /** Nothing below this uri counts as gone. */
  spare(uri: string): void {
    this.#unreachable = [...this.#unreachable, uri.endsWith('/') ? uri : `${uri}/`];
  }

  async #takeEach(file: string, upTo: number, use: (origin: KnownOrigin) => void): Promise<void> {
    for (let next = await this.#peek(); next !== undefined; next = await this.#peek()) {
      const place = placeInFile(next.path);
      if (place.file !== file || place.number > upTo) return;
      use(next);
      this.#at++;
    }
  }

  async *#goneUntil(isReached: (file: string) => boolean): AsyncGenerator<readonly KnownOrigin[]> {
    for (let next = await this.#peek(); next !== undefined; next = await this.#peek()) {
      const gone: KnownOrigin[] = [];
      const batch = this.#batch;
      for (; this.#at < batch.length; this.#at++) {
        const origin = batch[this.#at] as KnownOrigin;
        const { file } = placeInFile(origin.path);
        if (isReached(file)) {
          if (gone.length > 0) yield gone;
          return;
        }
        if (!this.#isSpared(file)) gone.push(origin);
      }
      if (gone.length > 0) yield gone;
    }
  }

  #isSpared(file: string): boolean {
    if (this.#unreachable.length === 0) return false;
    // What sorts behind all that begins with a prefix will not meet it again.
    this.#unreachable = this.#unreachable.filter(
      (prefix) => file.startsWith(prefix) || compareCodePoints(file, prefix) < 0,
    );
    return this.#unreachable.some((prefix) => file.startsWith(prefix));
  }

  async #peek(): Promise<KnownOrigin | undefined> {
    while (this.#at >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done === true) return undefined;
      this.#batch = next.value;
      this.#at = 0;
    }
    return this.#batch[this.#at];
  }
}
