import { createHash } from 'node:crypto';
import type { IdentitySource } from '../identity/identity-source.ts';
import type { LandingManifest } from '../landing/landing-format.ts';
import type { Source } from './refresh-options.ts';

/**
 * Fingerprint of everything that rows follow from besides the models: what has landed, how sources identify
 * patients, the vault that mints persons, and the day at which ages are counted. Identity is a function of these, so
 * an unchanged night need not resolve it again.
 */
export function inputHash(
  runs: readonly LandingManifest[],
  sources: readonly Source[],
  vault: string,
  ageDate: string,
): string {
  const hash = createHash('sha256').update(`${vault} ${ageDate}\n`);
  for (const source of sources) hash.update(`${JSON.stringify(identityPart(source))}\n`);
  for (const run of runs.filter((each) => each.records + each.rejected + each.mended > 0))
    hash.update(`${run.source} ${run.run} ${run.contentHash}\n`);
  return hash.digest('hex').slice(0, 32);
}

/** What of a source decides whose its records are. */
function identityPart(source: Source): IdentitySource & Pick<Source, 'kind'> {
  const { name, kind, baseUrl, patientIdIssuers, defaultIssuer, accessionIssuers, accessionSystem } = source;
  return { name, kind, baseUrl, patientIdIssuers, defaultIssuer, accessionIssuers, accessionSystem };
}
