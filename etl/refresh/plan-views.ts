import { loadViewFiles } from '../../models/view-definition-files.ts';
import { isTermsPolicy, policyOf } from '../privacy/column-policy.ts';
import { parseViewDefinition } from '../view/parse.ts';
import { planView, type ViewPlan } from '../view/plan.ts';
import { definitionHash } from './model-hash.ts';
import type { Source } from './refresh-options.ts';
import { withDatesAsWritten } from './view-dates.ts';

/** A shipped view with the fingerprint of all that decides its rows. */
export interface PlannedView {
  readonly plan: ViewPlan;
  readonly definition: string;
}

/** What every view's rows depend on besides the view itself. */
export interface ViewSurroundings {
  readonly profile: string;
  readonly keyEpoch: string;
  readonly vault: string;
  readonly sources: readonly Source[];
  /** ISO date at which ages are counted. */
  readonly ageDate: string;
  /** Fingerprint of the terms that free texts are reduced to. */
  readonly words: string;
}

/** Policies whose rows depend on the day at which ages are counted. */
const AGE_POLICIES: ReadonlySet<string> = new Set(['birth-date', 'age', 'measurement']);

export function planViews(around: ViewSurroundings): readonly PlannedView[] {
  const common = definitionHash(
    around.profile,
    around.keyEpoch,
    around.vault,
    JSON.stringify(around.sources.map(baseOf)),
  );
  return loadViewFiles().map(({ path, json }) => {
    const plan = planView(withDatesAsWritten(parseViewDefinition(json, path)));
    const policies = plan.columns.map((column) => policyOf(plan.name, column));
    const age = policies.some((policy) => AGE_POLICIES.has(policy)) ? around.ageDate : '';
    const words = policies.some(isTermsPolicy) ? around.words : '';
    return { plan, definition: definitionHash(common, JSON.stringify(json), age, words) };
  });
}

/**
 * The day at which people count as 90: the first of the month after next. Whoever turns 90 before the next month's
 * rebuild is withheld in time, and other nights change nothing.
 */
export function ageReference(started: Date): string {
  return new Date(Date.UTC(started.getUTCFullYear(), started.getUTCMonth() + 2, 1))
    .toISOString()
    .slice(0, 10);
}

/** What of a source decides how references are read. */
function baseOf(source: Source): readonly (string | undefined)[] {
  return [source.name, source.baseUrl];
}
