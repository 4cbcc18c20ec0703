import { type DryRun, dryRun } from '../etl/refresh/dry-run.ts';
import type { ExpectedExport } from '../etl/refresh/dry-run-exports.ts';
import type { ExpectedTable } from '../etl/refresh/dry-run-tables.ts';
import type { Config } from './config.ts';
import { countOf } from './measures.ts';
import { formatTable } from './print-table.ts';
import { openProgress } from './progress.ts';
import { type RefreshFlags, refreshOptions } from './run-refresh.ts';

/** Says what `chiasm refresh` with these flags would do. */
export async function runDryRun(config: Config, flags: RefreshFlags): Promise<DryRun> {
  const progress = openProgress(flags.json === true);
  try {
    return await dryRun(refreshOptions(config, flags, progress.show));
  } finally {
    progress.end();
  }
}

const REBUILDS = {
  'first-run': 'nothing is published yet',
  'asked-for': '--full',
  'source-removed': 'a source was removed from the configuration',
  'private-tables-missing': 'the private tables are those of another version',
  'files-missing': 'files of the published snapshot are missing',
} as const;

const REASONS: Readonly<Record<ExpectedTable['reason'], string>> = {
  'everything-is-rebuilt': 'everything is',
  'table-is-new': 'it is new',
  'definition-changed': 'its definition changed',
  'input-is-rebuilt': 'what it reads is rebuilt',
  'records-may-change': 'records may change',
  'tells-of-the-run': 'it tells of the run',
  'nothing-changes': 'nothing changes',
  'has-no-definition': 'nothing defines it any more',
};

export function describeDryRun(plan: DryRun): string {
  const { isChanging, snapshot, rebuild, sources, removedSources, waiting, tables } = plan;
  const of = (action: ExpectedTable['action']): readonly ExpectedTable[] =>
    tables.filter((table) => table.action === action);
  const parts = [
    isChanging
      ? 'A run would publish a new snapshot, if what it reads is new.'
      : `A run would change nothing: snapshot ${snapshot} stays current.`,
    formatTable(
      ['source', 'kind', 'new files', 'changed', 'vanished', 'unreadable', 'unchanged', 'error'],
      sources.map(({ source, kind, files, errorCode }) => [
        source,
        kind,
        files?.new ?? null,
        files?.changed ?? null,
        files?.vanished ?? null,
        files?.unreadable ?? null,
        files?.unchanged ?? null,
        errorCode,
      ]),
    ),
    ...sources.flatMap(({ source, exports }) =>
      (exports ?? []).map((each) => `Would ask ${source} for ${describeExport(each)}`),
    ),
    ...waiting.map((run) => `Has landed and waits to be published: ${run}`),
    ...removedSources.map((source) => `Would go from the snapshot: the records of ${source}`),
  ];
  if (rebuild !== null) parts.push(`Every table would be built anew: ${REBUILDS[rebuild]}.`);
  else {
    const rebuilt = of('rebuild').map(({ table, reason }) => `  ${table}: ${REASONS[reason]}`);
    if (rebuilt.length > 0) parts.push(['Would be built anew:', ...rebuilt].join('\n'));
    parts.push(
      `${countOf(of('update').length, 'table')} would be brought up to date where their records change, ` +
        `${of('keep').length} kept.`,
    );
  }
  for (const { table } of of('drop')) parts.push(`Would go: ${table}, ${REASONS['has-no-definition']}.`);
  return parts.join('\n');
}

function describeExport({ purpose, types, since, until, isUnderWay }: ExpectedExport): string {
  const what = types === null ? 'all types' : types.join(', ');
  const from = since === null ? '' : ` since ${since}`;
  const to = until === null ? '' : ` until ${until}`;
  return `${what}${from}${to} (${purpose}${isUnderWay ? ', under way already' : ''})`;
}
