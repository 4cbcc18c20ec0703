import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A repeatable stream of choices. */
export interface Choice {
  /** In [0, 1). */
  unit(): number;
  below(bound: number): number;
  pick(options: readonly string[]): string;
  chance(probability: number): boolean;
}

export function choiceFrom(seed: number): Choice {
  return choiceOf(xoroshiro128plus(seed));
}

/** The same for one of many numbers: the streams of neighbours have nothing in common. */
export function choiceFor(kind: string, number: number): Choice {
  return choiceOf(xoroshiro128plus(mix(mix(hashOf(kind)) ^ number) | 0));
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** The last steps of MurmurHash3: every bit of the number moves every bit of the result. */
function mix(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function choiceOf(generator: RandomGenerator): Choice {
  const unit = (): number => uniformFloat64(generator);
  const below = (bound: number): number => Math.floor(unit() * bound);
  return {
    unit,
    below,
    pick: (options) => options[below(options.length)] ?? '',
    chance: (probability) => unit() < probability,
  };
}
