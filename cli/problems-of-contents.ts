import { countOf, sizeOf } from './measures.ts';
import type { SourceCount } from './status-facts.ts';
import { chiasm, type Situation, type StatusProblem } from './status-problem.ts';

/** What is missing from the snapshot, who could see it, and how long the disk will last. */
export function problemsOfContents(situation: Situation): readonly StatusProblem[] {
  return [...contents(situation), ...protection(situation), ...room(situation)];
}

function contents({ facts, config }: Situation): readonly StatusProblem[] {
  const problems: StatusProblem[] = [];
  if (facts.landingFault !== undefined) {
    problems.push({
      code: 'landing-damaged',
      severity: 'error',
      message: facts.landingFault.message,
      who: 'operator',
      todo: 'restore the directory from a backup; then run again',
      command: chiasm(config, 'refresh'),
    });
  }
  for (const [source, counts] of bySource(facts.quarantine)) {
    problems.push({
      code: 'quarantined',
      severity: 'warning',
      message: `${countOf(totalOf(counts), 'piece')} of ${source} in quarantine (${listOf(counts)})`,
      who: 'source-owner',
      todo: 'have them mended at the source; a mended file takes them away',
      command: chiasm(config, 'quarantine --paths'),
    });
  }
  if (facts.unresolvedReferences > 0) {
    problems.push({
      code: 'unresolved-references',
      severity: 'note',
      message: `${countOf(facts.unresolvedReferences, 'name')} in references that nothing landed explains`,
      who: 'source-owner',
      todo: 'export what they refer to; they are resolved when it lands',
      command: null,
    });
  }
  for (const [source, counts] of bySource(facts.recordsWithoutPatient)) {
    problems.push({
      code: 'records-without-patient',
      severity: 'note',
      message: `${countOf(totalOf(counts), 'record')} of ${source} whose patient has not landed (${listOf(counts)})`,
      who: 'source-owner',
      todo: 'export the Patients, too',
      command: null,
    });
  }
  const [unseen] = facts.typesWithoutView;
  if (unseen !== undefined) {
    problems.push({
      code: 'types-without-view',
      severity: 'note',
      message: `landed and in no table: ${listOf(facts.typesWithoutView)}`,
      who: 'analyst',
      todo: 'write a view for those that are missed (docs/add-a-column.md), and check it',
      command: `chiasm view check models/fhir/${unseen.what.toLowerCase()}.view.json`,
    });
  }
  return problems;
}

function protection({ facts, config }: Situation): readonly StatusProblem[] {
  const problems: StatusProblem[] = [];
  const profile = facts.manifest?.profile ?? config.profile;
  if (profile !== config.profile) {
    problems.push({
      code: 'profile-differs',
      severity: 'error',
      message: `the snapshot was made under profile ${profile}, the configuration says ${config.profile}`,
      who: 'operator',
      todo: 'stop those who read it if that matters; then publish anew',
      command: chiasm(config, 'refresh'),
    });
  }
  if (facts.openDirectories.length > 0) {
    problems.push({
      code: 'directories-open',
      severity: 'error',
      message: `others than the owner can enter ${facts.openDirectories.join(', ')}, which name people`,
      who: 'operator',
      todo: 'close them',
      command: `chmod go-rwx ${facts.openDirectories.join(' ')}`,
    });
  }
  if (facts.qualityErrors > 0) {
    problems.push({
      code: 'quality-errors',
      severity: 'warning',
      message: `${countOf(facts.qualityErrors, 'finding')} of severity error in marts.data_quality`,
      who: 'analyst',
      todo: 'look at them',
      command: `duckdb -c "from '$(${chiasm(config, 'snapshots path')})/marts/data_quality/*.parquet' where severity = 'error'"`,
    });
  }
  return problems;
}

const SOON_DAYS = 30;
const NOW_DAYS = 7;

function room({ disk, config }: Situation): readonly StatusProblem[] {
  const { freeBytes, daysUntilFull, use } = disk;
  if (freeBytes === null) return [];
  const told = {
    who: 'operator',
    todo: 'make room, or a larger disk',
    command: `df -h ${config.directories.warehouse}`,
  } as const;
  if (daysUntilFull !== null && daysUntilFull < SOON_DAYS) {
    const message = `the disk will be full in about ${countOf(Math.floor(daysUntilFull), 'day')} (${sizeOf(freeBytes)} free)`;
    const severity = daysUntilFull < NOW_DAYS ? 'error' : 'warning';
    return [{ code: 'disk-full-soon', severity, message, ...told }];
  }
  const rebuild = use.warehouse + use.private;
  if (freeBytes >= rebuild) return [];
  const message = `${sizeOf(freeBytes)} free: a full rebuild may need ${sizeOf(rebuild)}`;
  return [{ code: 'disk-tight', severity: 'warning', message, ...told }];
}

function bySource(counts: readonly SourceCount[]): ReadonlyMap<string, readonly SourceCount[]> {
  const groups = new Map<string, SourceCount[]>();
  for (const each of counts) groups.set(each.source, [...(groups.get(each.source) ?? []), each]);
  return groups;
}

function totalOf(counts: readonly SourceCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

const LISTED = 4;

function listOf(counts: readonly SourceCount[]): string {
  const sorted = [...counts].sort((a, b) => b.count - a.count);
  const shown = sorted.slice(0, LISTED).map(({ what, count }) => `${count.toLocaleString('en-US')} ${what}`);
  return [...shown, ...(sorted.length > LISTED ? [`${sorted.length - LISTED} more`] : [])].join(', ');
}
