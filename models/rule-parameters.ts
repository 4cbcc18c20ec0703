import { z } from 'zod';

const days = z.int().min(0).max(3650);

/** What a site may set of the rules of the marts; the defaults are in `codes/rule_parameter.csv`. */
export const ruleParameters = z.strictObject({
  treatmentGapDays: days.min(1).optional(),
  lineWindowDays: days.optional(),
  continuationGapDays: days.optional(),
  lineClasses: z
    .array(z.enum(['chemotherapy', 'immunotherapy', 'targeted therapy', 'hormone therapy', 'corticosteroid']))
    .min(1)
    .optional(),
  contactAfterDeathDays: days.optional(),
  volumeMinSlices: z.int().min(3).max(1000).optional(),
});

export type RuleParameters = Readonly<z.infer<typeof ruleParameters>>;

/** The parameters that are set, as `codes.rule_parameter` names and writes them. Pure. */
export function ruleValues(
  rules: RuleParameters,
): readonly { readonly parameter: string; readonly value: string }[] {
  return Object.entries(rules)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({
      parameter: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value: Array.isArray(value) ? [...value].sort().join('|') : String(value),
    }))
    .sort((one, other) => (one.parameter < other.parameter ? -1 : 1));
}
