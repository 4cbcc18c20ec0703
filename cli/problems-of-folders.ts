import { chiasm, type Situation, type StatusProblem } from './status-problem.ts';

/** Folders that have less in them than they should, and deletes that wait for it. */
export function problemsOfFolders({ sources, config }: Situation): readonly StatusProblem[] {
  const problems: StatusProblem[] = [];
  for (const { source, isEmpty, missingTypes, undecidedTypes } of sources) {
    const told = { severity: 'warning', who: 'source-owner' } as const;
    if (isEmpty) {
      problems.push({
        ...told,
        code: 'source-empty',
        message: `${source}: no file has a record; what had landed of it is shown as it was`,
        todo: 'see whether its export works and the right folder is mounted; then read it',
        command: chiasm(config, `refresh --only ${source}`),
      });
    } else if (missingTypes.length > 0) {
      problems.push({
        ...told,
        code: 'types-missing',
        message: `${source}: no file has a record of ${missingTypes.join(', ')} any more; nothing of it was deleted`,
        todo: 'see whether the export is whole; if these records are meant to go, a Bundle with DELETE entries says so',
        command: chiasm(config, `refresh --only ${source}`),
      });
    }
    if (undecidedTypes.length > 0) {
      problems.push({
        ...told,
        code: 'deletes-undecided',
        message: `${source}: ${undecidedTypes.join(', ')} misses records, and files that may have them were refused or being written; nothing of it was deleted`,
        todo: 'have the files mended, and the export end before the refresh begins',
        command: chiasm(config, 'quarantine --paths'),
      });
    }
  }
  return problems;
}
