import { count, type ReferenceMeasure, share } from './measure.ts';

/** One factor for each distinct day of `ends`: the share of those at risk that did not end. */
const factors = (days: string): string => `list_aggregate(list_transform(${days}, lambda d:
  1 - len(list_filter(ends, lambda x: x = d)) / len(list_filter(times, lambda x: x >= d))), 'product')`;
const FOLLOWED = ['follow_up_days', 'is_censored'];
const TIMES = 'list(follow_up_days) filter (where outcome_key is not null and follow_up_days is not null)';
/** Share dead by a day after Kaplan and Meier. */
const mortality = (day: number): ReferenceMeasure => ({
  entity: 'outcome_key',
  reads: FOLLOWED,
  lists: {
    times: TIMES,
    ends: `list(follow_up_days) filter (where not is_censored and follow_up_days <= ${day})`,
  },
  aggregate: `case when times is null then null
    when list_max(times) >= ${day} or coalesce(${factors('list_distinct(ends)')}, 1) = 0
    then 1 - coalesce(${factors('list_distinct(ends)')}, 1) end`,
});
/** The first day at which half or fewer would still be followed if nobody died. */
const MEDIAN_FOLLOW_UP: ReferenceMeasure = {
  entity: 'outcome_key',
  reads: FOLLOWED,
  lists: { times: TIMES, ends: 'list(follow_up_days) filter (where is_censored)' },
  aggregate: `list_min(list_filter(list_distinct(ends), lambda u:
    ${factors('list_filter(list_distinct(ends), lambda v: v <= u)')} <= 0.5 + 1e-9))`,
};
const atRisk = (day: number): ReferenceMeasure => count('outcome_key', `follow_up_days >= ${day}`, FOLLOWED);

export const outcomes: Readonly<Record<string, ReferenceMeasure>> = {
  at_risk_1y: count('outcome_key', 'is_at_risk_1y', ['is_at_risk_1y']),
  alive_1y: count('outcome_key', 'is_alive_1y', ['is_alive_1y']),
  deceased_within_1y: count('outcome_key', 'is_deceased_within_1y', ['is_deceased_within_1y']),
  share_alive_1y: share('outcome_key', 'is_alive_1y', 'is_at_risk_1y', ['is_alive_1y', 'is_at_risk_1y']),
  at_risk_2y: count('outcome_key', 'is_at_risk_2y', ['is_at_risk_2y']),
  alive_2y: count('outcome_key', 'is_alive_2y', ['is_alive_2y']),
  deceased_within_2y: count('outcome_key', 'is_deceased_within_2y', ['is_deceased_within_2y']),
  share_alive_2y: share('outcome_key', 'is_alive_2y', 'is_at_risk_2y', ['is_alive_2y', 'is_at_risk_2y']),
  at_risk_5y: count('outcome_key', 'is_at_risk_5y', ['is_at_risk_5y']),
  alive_5y: count('outcome_key', 'is_alive_5y', ['is_alive_5y']),
  deceased_within_5y: count('outcome_key', 'is_deceased_within_5y', ['is_deceased_within_5y']),
  share_alive_5y: share('outcome_key', 'is_alive_5y', 'is_at_risk_5y', ['is_alive_5y', 'is_at_risk_5y']),
  number_at_risk_1y: atRisk(365),
  mortality_1y: mortality(365),
  number_at_risk_2y: atRisk(730),
  mortality_2y: mortality(730),
  number_at_risk_5y: atRisk(1826),
  mortality_5y: mortality(1826),
  median_follow_up_reverse_km_days: MEDIAN_FOLLOW_UP,
};
