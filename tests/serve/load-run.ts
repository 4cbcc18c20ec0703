import { type Facts, type Publications, possibleFacts } from './load-facts.ts';

/** Clients that do the same, one thing after the other, as fast as they are answered. */
export interface ClientKind {
  readonly name: string;
  readonly clients: number;
  open(): Promise<LoadClient>;
}

/**
 * Throws where what was found is true of no snapshot that was current meanwhile, or not of the one that the answer
 * names.
 */
export type Check = (
  found: string | number | null | undefined,
  truth: (facts: Facts) => string | number,
  snapshot?: number,
) => void;

export interface LoadClient {
  /** Asks once more. */
  ask(nth: number, check: Check): Promise<void>;
  close(): Promise<void>;
}

export interface LoadOutcome {
  /** What went wrong, a line each. */
  readonly failures: readonly string[];
  /** Milliseconds of each answer, by kind of client. */
  readonly times: ReadonlyMap<string, readonly number[]>;
}

/** All clients at a time, each until `isOver`. */
export async function runLoad(
  kinds: readonly ClientKind[],
  publications: Publications,
  isOver: () => boolean,
): Promise<LoadOutcome> {
  const failures: string[] = [];
  const times = new Map(kinds.map(({ name }): [string, number[]] => [name, []]));
  const live = async ({ name, open }: ClientKind, which: number): Promise<void> => {
    try {
      const client = await open();
      // Every client begins elsewhere, so that they do not ask the same at a time.
      for (let nth = which * 101; !isOver(); nth += 1) {
        const started = performance.now();
        const from = publications.finished;
        await client.ask(nth, (found, truth, snapshot) => {
          const possible = possibleFacts(publications, from, snapshot).map(truth);
          const [told, wanted] = [String(found).slice(0, 100), String(possible).slice(0, 100)];
          if (!possible.some((each) => each === found))
            throw new Error(`${told} instead of ${wanted} (snapshot ${snapshot}, ${from} and later)`);
        });
        times.get(name)?.push(performance.now() - started);
      }
      await client.close();
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  };
  await Promise.all(
    kinds.flatMap((kind, row) =>
      Array.from({ length: kind.clients }, (_, nth) => live(kind, row * 10 + nth)),
    ),
  );
  return { failures, times };
}

/** The time that a share of the answers did not take longer than. */
export function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
