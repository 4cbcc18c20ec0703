import type { ServedSnapshots, SnapshotHold } from '../cube/served-snapshots.ts';

/** Long enough for a page to load and be read; short enough that nobody keeps an old snapshot from retiring. */
const HELD_MS = 5 * 60_000;

export interface PinnedSnapshots {
  /** Holds the current snapshot for a while and tells its number; undefined when nothing is published. */
  pin(): Promise<number | undefined>;
  close(): void;
}

interface Pin {
  readonly hold: SnapshotHold;
  timer: NodeJS.Timeout;
}

/** Keeps snapshots open between the requests of one page, which name theirs in `X-Chiasm-Snapshot`. */
export function pinSnapshots(snapshots: ServedSnapshots, heldMs: number = HELD_MS): PinnedSnapshots {
  const pins = new Map<number, Pin>();
  const unpin = (number: number): void => {
    const pin = pins.get(number);
    if (pin === undefined) return;
    pins.delete(number);
    clearTimeout(pin.timer);
    pin.hold.release();
  };
  const unpinLater = (number: number): NodeJS.Timeout => setTimeout(unpin, heldMs, number).unref();
  return {
    pin: async () => {
      const hold = await snapshots.hold().catch(() => undefined);
      if (hold === undefined) return undefined;
      const { number } = hold.snapshot;
      const known = pins.get(number);
      if (known === undefined) {
        pins.set(number, { hold, timer: unpinLater(number) });
      } else {
        hold.release();
        clearTimeout(known.timer);
        known.timer = unpinLater(number);
      }
      return number;
    },
    close: () => {
      for (const number of [...pins.keys()]) unpin(number);
    },
  };
}
