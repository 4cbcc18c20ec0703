import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random choices; the same (seed, patient, purpose) always gives the same stream. */
export interface Random {
  /** in [0, 1) */
  unit(): number;
  /** integer in [low, high] */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  normal(mean: number, deviation: number): number;
  pick<T>(choices: readonly T[]): T;
  weighted<T extends { readonly weight: number }>(choices: readonly T[]): T;
}

export function randomStream(seed: number, patient: number, purpose: string): Random {
  const generator = xoroshiro128plus(mix(seed, patient, purpose));
  const unit = (): number => uniformFloat64(generator);
  const pick = <T>(choices: readonly T[]): T => {
    const choice = choices[uniformInt(generator, 0, choices.length - 1)];
    if (choice === undefined) throw new Error('pick from an empty table');
    return choice;
  };
  return {
    unit,
    pick,
    int: (low, high) => uniformInt(generator, low, Math.max(low, high)),
    chance: (probability) => unit() < probability,
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    weighted: (choices) => pickWeighted(choices, unit()),
  };
}

/** The row that a draw from [0, 1) falls on when rows are as wide as their weights. */
export function pickWeighted<T extends { readonly weight: number }>(choices: readonly T[], draw: number): T {
  let left = draw * choices.reduce((sum, choice) => sum + choice.weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  throw new Error('no row for a draw');
}

/** Even spread over [0, 1) by patient number, so that small demos have the shares of large ones. */
export function spread(seed: number, patient: number, irrational: number): number {
  const start = (mix(seed, 0, 'spread') >>> 0) / 2 ** 32;
  return (start + patient * irrational) % 1;
}

/** FNV-1a over the three parts with a final avalanche (murmur3). */
function mix(seed: number, patient: number, purpose: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${patient}/${purpose}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
