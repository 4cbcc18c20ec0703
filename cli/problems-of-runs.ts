import type { RunRecord } from '../etl/refresh/run-record.ts';
import { describeStage } from '../etl/refresh/stages.ts';
import { durationOf } from './measures.ts';
import { problemsOfFolders } from './problems-of-folders.ts';
import type { SourceReading } from './source-reading.ts';
import { chiasm, type Situation, type StatusProblem } from './status-problem.ts';

/** Is it fresh, how did the last run end, and which sources did not come through? */
export function problemsOfRuns(situation: Situation): readonly StatusProblem[] {
  return [
    ...freshness(situation),
    ...schedule(situation),
    ...lastRun(situation),
    ...readings(situation),
    ...problemsOfFolders(situation),
  ];
}

/** A run that takes longer may hang. */
const LONG_RUN_MS = 12 * 36e5;

function freshness({ facts, sources, freshLimitHours, config }: Situation): readonly StatusProblem[] {
  const { manifest, now } = facts;
  const operator = { who: 'operator', command: chiasm(config, 'refresh') } as const;
  if (manifest === undefined) {
    const message = 'nothing is published yet';
    return [
      { code: 'nothing-published', severity: 'error', message, todo: 'run the first refresh', ...operator },
    ];
  }
  const age = (at: string): number => now.getTime() - Date.parse(at);
  const limitMs = freshLimitHours * 36e5;
  const stale = sources.filter(({ lastReadAt }) => age(lastReadAt ?? manifest.createdAt) > limitMs);
  const problems: StatusProblem[] = [];
  if (stale.length > 0) {
    const since = Math.max(...stale.map(({ lastReadAt }) => age(lastReadAt ?? manifest.createdAt)));
    problems.push({
      code: 'not-fresh',
      severity: 'error',
      message: `${namesOf(stale)} not read and published for ${durationOf(since)} (limit ${durationOf(limitMs)})`,
      todo: 'see why no run has come through; then run one',
      ...operator,
    });
  } else if (config.serve.readyMaxAgeHours !== undefined && age(manifest.createdAt) > limitMs) {
    problems.push({
      code: 'snapshot-old',
      severity: 'warning',
      message: `the snapshot is ${durationOf(age(manifest.createdAt))} old because nothing has changed since; /readyz answers 503`,
      todo: 'raise serve.readyMaxAgeHours, or publish once more',
      ...operator,
      command: chiasm(config, 'refresh --full'),
    });
  }
  return problems;
}

function schedule({ facts: { schedule }, config }: Situation): readonly StatusProblem[] {
  if (schedule === null || schedule.keeperPid !== null) return [];
  return [
    {
      code: 'schedule-unkept',
      severity: 'warning',
      message: `nobody keeps the schedule: no process is there to start the refresh of ${schedule.nextRunAt}`,
      who: 'operator',
      todo: 'start `chiasm serve`, or `chiasm schedule` where nothing is served',
      command: chiasm(config, 'schedule'),
    },
  ];
}

function lastRun({ facts, config }: Situation): readonly StatusProblem[] {
  const run = facts.runs.at(-1);
  if (run === undefined) return [];
  const refresh = chiasm(config, 'refresh');
  switch (run.status) {
    case 'published':
    case 'unchanged':
      return [];
    case 'running': {
      const lasts = facts.now.getTime() - Date.parse(run.startedAt);
      if (lasts <= LONG_RUN_MS) return [];
      const message = `a run has been at it for ${durationOf(lasts)}${stageOf(run)}`;
      return [
        {
          code: 'run-long',
          severity: 'warning',
          message,
          who: 'operator',
          todo: 'see whether its process still works; it may be stopped at any time',
          command: null,
        },
      ];
    }
    case 'killed':
      return [
        {
          code: 'run-killed',
          severity: 'warning',
          message: `the last run was killed${stageOf(run)}; nothing of it is visible, what it had landed is kept`,
          who: 'operator',
          todo: 'find out what killed it (memory, shutdown); the next run goes on',
          command: refresh,
        },
      ];
    case 'held':
      return [
        {
          code: 'publish-held',
          severity: 'error',
          message: `a mass delete is held: ${heldOf(run)}; the snapshot before it is still shown`.replace(
            ': ;',
            ';',
          ),
          who: 'source-owner',
          todo: 'is the source whole? If it is, and the deletes are meant, publish them',
          command: chiasm(config, `publish --accept ${run.errorParams['run'] ?? run.runId}`),
        },
      ];
    case 'failed':
      return [
        {
          code: 'run-failed',
          severity: 'error',
          message: `the last run failed${stageOf(run)}: ${run.errorCode ?? 'internal'}${paramsOf(run)}; nothing was published`,
          who: 'operator',
          todo: `do what docs/errors.md says of ${run.errorCode ?? 'internal'}; then run again`,
          command: refresh,
        },
      ];
    default:
      return run.status satisfies never;
  }
}

function readings({ facts, sources, config }: Situation): readonly StatusProblem[] {
  const problems: StatusProblem[] = [];
  for (const { source, status, lastReadAt, errorCode, failedTypes } of sources) {
    const command = chiasm(config, `refresh --only ${source}`);
    const since =
      lastReadAt === null
        ? 'never read in full before'
        : `last read ${durationOf(facts.now.getTime() - Date.parse(lastReadAt))} ago`;
    if (failedTypes.length > 0) {
      problems.push({
        code: 'types-left-behind',
        severity: 'warning',
        message: `${source}: ${failedTypes.includes('*') ? 'something' : failedTypes.join(', ')} did not come whole (${errorCode ?? 'failed'}); ${since}`,
        who: 'source-owner',
        todo: 'see why the source does not give them; the next run asks for them again',
        command,
      });
    } else if (status === 'failed') {
      problems.push({
        code: 'source-failed',
        severity: 'error',
        message: `${source} could not be read (${errorCode ?? 'failed'}); ${since}; its records are shown as they were`,
        who: 'source-owner',
        todo: `do what docs/errors.md says of ${errorCode ?? 'it'}; then read it`,
        command,
      });
    } else if (status === null && facts.manifest !== undefined && !facts.shownSources.includes(source)) {
      problems.push({
        code: 'source-never-read',
        severity: 'warning',
        message: `${source} is configured and was never read`,
        who: 'operator',
        todo: 'read it',
        command,
      });
    }
  }
  const configured = sources.map(({ source }) => source);
  for (const source of facts.shownSources.filter((name) => !configured.includes(name))) {
    problems.push({
      code: 'source-removed',
      severity: 'warning',
      message: `${source} is configured no longer: the next run takes its records out of the snapshot`,
      who: 'operator',
      todo: 'put it back into the configuration if that is not meant',
      command: null,
    });
  }
  return problems;
}

function stageOf({ stage }: RunRecord): string {
  return stage === null ? '' : ` while ${describeStage(stage)}`;
}

function heldOf({ errorParams }: RunRecord): string {
  const { source, type } = errorParams;
  return source === undefined ? '' : `${type ?? 'records'} of ${source}`;
}

function paramsOf({ errorParams }: RunRecord): string {
  const params = Object.entries(errorParams).map(([name, value]) => `${name} ${value}`);
  return params.length === 0 ? '' : ` (${params.join(', ')})`;
}

function namesOf(readings: readonly SourceReading[]): string {
  const names = readings.map(({ source }) => source);
  return `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'}`;
}
