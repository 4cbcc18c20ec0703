import { createHash } from 'node:crypto';
import type { LandingManifest } from '../landing/landing-format.ts';

/** Fingerprint of everything that has landed and of whose it is. */
export function inputHash(runs: readonly LandingManifest[], identityHash: string): string {
  const hash = createHash('sha256').update(`${identityHash}\n`);
  for (const run of runs) hash.update(`${run.source} ${run.run} ${run.contentHash}\n`);
  return hash.digest('hex').slice(0, 32);
}
