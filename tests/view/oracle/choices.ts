/**
 * A list of small numbers read as decisions. A shorter list or smaller numbers make a simpler thing (0 is always
 * the plainest option, and so is the end of the list), so that shrinking the list shrinks what is made of it.
 */
export class Choices {
  private at = 0;
  private readonly numbers: readonly number[];
  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  /** A number below `bound`. */
  next(bound: number): number {
    const number = this.numbers[this.at++] ?? 0;
    return bound <= 0 ? 0 : number % bound;
  }

  pick<T>(options: readonly [T, ...T[]] | readonly T[]): T {
    const picked = options[this.next(options.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** True once in `n`. */
  once(n: number): boolean {
    return this.next(n) === n - 1;
  }
}
