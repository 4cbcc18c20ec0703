import type { ServedSnapshots, SnapshotHold } from '../cube/served-snapshots.ts';

/** Long enough for a page to load and be read; short enough that nobody keeps an old snapshot from retiring. */
const HELD_MS = 5 * 60_000;

/** So many old snapshots stay open at a time; of more, the ones that nobody asked for longest are closed. */
const MOST_PINNED = 8;

export interface PinnedSnapshots {
  /** Holds the current snapshot for a while and tells its number; undefined when nothing is published. */
  pin(): Promise<number | undefined>;
  /** Holds a snapshot that is held now for a while, too: who asks for an old one asks more than once. */
  keep(number: number): void;
  close(): void;
}

interface Pin {
  readonly hold: SnapshotHold;
  readonly timer: NodeJS.Timeout;
}

/** Keeps snapshots open between the requests of one page or analysis, which name theirs in `X-Chiasm-Snapshot`. */
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
  const pin = (hold: SnapshotHold): number => {
    const { number } = hold.snapshot;
    const known = pins.get(number);
    if (known !== undefined) {
      hold.release();
      clearTimeout(known.timer);
      pins.delete(number);
    }
    // The last of the map is the one that was asked for last.
    pins.set(number, { hold: known?.hold ?? hold, timer: unpinLater(number) });
    const [oldest] = pins.keys();
    if (pins.size > MOST_PINNED && oldest !== undefined) unpin(oldest);
    return number;
  };
  return {
    pin: async () => {
      const hold = await snapshots.hold().catch(() => undefined);
      return hold === undefined ? undefined : pin(hold);
    },
    keep: (number) => {
      const hold = snapshots.holdNumber(number);
      if (hold !== undefined) pin(hold);
    },
    close: () => {
      for (const number of [...pins.keys()]) unpin(number);
    },
  };
}
