import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../base/package-root.ts';

const privacyProfile = z.strictObject({
  name: z.string(),
  description: z.string(),
  dates: z.enum(['shifted', 'real']),
  uids: z.enum(['pseudonymous', 'real']),
  birth_dates: z.enum(['withheld-from-90', 'real']),
  ages: z.enum(['capped-at-89', 'real']),
  postal_codes: z.enum(['three-digits', 'whole']),
  text: z.enum(['dropped', 'kept']),
  direct_identifiers: z.enum(['dropped', 'kept']),
});

/** What may be seen in the published tables. */
export type PrivacyProfile = Readonly<z.infer<typeof privacyProfile>>;

export const PROFILE_NAMES = ['research', 'identified'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export function loadPrivacyProfile(name: ProfileName): PrivacyProfile {
  const text = readFileSync(join(packageRoot, 'models', 'privacy', `${name}.yaml`), 'utf8');
  return privacyProfile.parse(parse(text));
}
