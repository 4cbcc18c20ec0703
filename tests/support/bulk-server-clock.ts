import type { BulkClock } from '../../etl/source/bulk-clock.ts';

/**
 * A clock that only moves when somebody sleeps, for client and server alike: minutes of waiting take no time. A dead
 * clock never wakes anybody up, like a process that was killed.
 */
export class TestClock implements BulkClock {
  readonly waits: number[] = [];
  readonly #onMove: ((now: number) => Promise<void> | void)[];
  /** Settles when somebody goes to sleep on the dead clock. */
  readonly death: Promise<'died'>;
  #isDead = false;
  #time: number;
  #seed = 1;
  #noteDeath: (how: 'died') => void = () => {};

  constructor(time: number, onMove: readonly ((now: number) => Promise<void> | void)[] = []) {
    this.#time = time;
    this.#onMove = [...onMove];
    this.death = new Promise((resolve) => {
      this.#noteDeath = resolve;
    });
  }

  /** Called whenever the time has moved. */
  onMove(listener: (now: number) => Promise<void> | void): void {
    this.#onMove.push(listener);
  }

  now = (): number => this.#time;

  random = (): number => {
    this.#seed = (this.#seed * 48271) % 2147483647;
    return this.#seed / 2147483647;
  };

  sleep = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    if (this.#isDead) {
      this.#noteDeath('died');
      await new Promise(() => {});
    }
    signal.throwIfAborted();
    this.waits.push(milliseconds);
    await this.advance(milliseconds);
    signal.throwIfAborted();
  };

  async advance(milliseconds: number): Promise<void> {
    this.#time += milliseconds;
    for (const listener of this.#onMove) await listener(this.#time);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The process is killed: whoever sleeps from now on sleeps for ever. */
  kill(): void {
    this.#isDead = true;
  }
}
