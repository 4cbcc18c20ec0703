import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A repeatable stream of choices. */
export interface Choice {
  /** In [0, 1). */
  unit(): number;
  below(bound: number): number;
  pick(options: readonly string[]): string;
  chance(probability: number): boolean;
}

export function choiceFrom(seed: number): Choice {
  const generator = xoroshiro128plus(seed);
  const unit = (): number => uniformFloat64(generator);
  const below = (bound: number): number => Math.floor(unit() * bound);
  return {
    unit,
    below,
    pick: (options) => options[below(options.length)] ?? '',
    chance: (probability) => unit() < probability,
  };
}
