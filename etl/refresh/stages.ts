/**
 * The stages of a run, in their order. A run may pass a stage over, and never goes back. Only what `land` and `publish`
 * have committed outlives a run that is killed: the next one starts from there.
 */
export const STAGES = [
  { name: 'land', does: 'landing what its sources have' },
  { name: 'identity', does: 'deciding whose records they are' },
  { name: 'guard', does: 'looking for a mass delete' },
  { name: 'flatten', does: 'flattening records into staging tables' },
  { name: 'marts', does: 'building marts' },
  { name: 'check', does: 'checking the marts' },
  { name: 'keep', does: 'keeping what it knows of records' },
  { name: 'reconcile', does: 'accounting for every line' },
  { name: 'publish', does: 'publishing the snapshot' },
  { name: 'retire', does: 'retiring old snapshots' },
] as const;

export type StageName = (typeof STAGES)[number]['name'];

export const STAGE_NAMES = STAGES.map((stage) => stage.name) as [StageName, ...StageName[]];

/** What a run does in a stage, to be read after "while". */
export function describeStage(name: StageName): string {
  return STAGES.find((stage) => stage.name === name)?.does ?? name;
}
