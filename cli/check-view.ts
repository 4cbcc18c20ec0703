import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { ChiasmError } from '../base/error.ts';
import { packageRoot } from '../base/package-root.ts';
import { stagingColumns } from '../etl/privacy/column-policy.ts';
import { type Finding, RULES, type Severity } from '../etl/view/lint-rule.ts';
import { sarifLog } from '../etl/view/lint-sarif.ts';
import { findingText } from '../etl/view/lint-text.ts';
import { type LintedView, lintView, type Profile } from '../etl/view/lint-view.ts';
import type { StageColumn } from '../etl/view/lint-warehouse.ts';
import { loadPrivacyProfile } from '../models/privacy-profile.ts';
import { print, printJson } from './output.ts';

export interface CheckFlags {
  readonly format: 'text' | 'json' | 'sarif';
  readonly profile?: Profile;
  /** Unset: files below a folder `models` are the warehouse's. */
  readonly warehouse?: boolean;
  readonly strict?: boolean;
}

interface CheckedFile extends LintedView {
  readonly file: string;
  readonly source: string | null;
}

/**
 * Says what is wrong with ViewDefinitions. Throws `view-invalid` when something is: an error, or with `strict`
 * a warning.
 */
export async function checkViews(files: readonly string[], flags: CheckFlags): Promise<void> {
  const checked: CheckedFile[] = [];
  for (const file of files) checked.push(await checkFile(file, flags));
  if (flags.format === 'text') print(checked.map(fileText).join('\n'));
  else if (flags.format === 'json') printJson(jsonReport(checked));
  else printJson(sarifLog(checked, await productVersion()));

  const errors = count(checked, 'error');
  const warnings = flags.strict === true ? count(checked, 'warning') : 0;
  if (errors + warnings === 0) return;
  const told = [number(errors, 'error'), ...(warnings > 0 ? [number(warnings, 'warning')] : [])].join(
    ' and ',
  );
  throw new ChiasmError('view-invalid', `${told} in ${number(files.length, 'file')}`, {
    params: { errors, warnings },
  });
}

async function checkFile(file: string, flags: CheckFlags): Promise<CheckedFile> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch {
    return { file, source: null, isView: false, name: null, columns: 0, findings: [UNREADABLE] };
  }
  const isModel = flags.warehouse ?? resolve(file).split(sep).slice(0, -1).includes('models');
  const options = { profile: flags.profile, stage: isModel ? stageColumn() : undefined };
  return { file, source, ...lintView(source, file, options) };
}

const UNREADABLE: Finding = {
  rule: 'file-unreadable',
  severity: RULES['file-unreadable'].severity,
  message: 'the file cannot be read',
  suggestion: null,
  path: '$',
  column: null,
  region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
  replacement: null,
};

/** What the refresh makes of a column; the SQL is of no interest here. */
function stageColumn(): StageColumn {
  const profile = loadPrivacyProfile('research');
  const name = (column: string): string => column;
  const scope = {
    row: 'r',
    referenceKey: name,
    uidKey: name,
    uidText: name,
    terms: name,
    shift: '0',
    isWithheld: 'false',
    ageDate: "date '2000-01-01'",
  };
  return (view, column) => stagingColumns(view, column, profile, scope).map((staged) => staged.name);
}

function fileText({ file, source, isView, name, columns, findings }: CheckedFile): string {
  const isColoured = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
  // What is no view may be a record: its lines are not shown.
  const shown = isView ? source : null;
  const texts = findings.map((finding) => `${findingText(finding, file, shown, isColoured)}\n`);
  const severities: readonly Severity[] = ['error', 'warning', 'hint'];
  const counts = severities.flatMap((severity) => {
    const its = findings.filter((finding) => finding.severity === severity).length;
    return its === 0 ? [] : [number(its, severity)];
  });
  const what = isView ? [name ?? 'no name', number(columns, 'column')] : [];
  return [...texts, `${file}: ${[...what, ...counts].join(', ')}`].join('\n');
}

function jsonReport(checked: readonly CheckedFile[]): unknown {
  return {
    errors: count(checked, 'error'),
    warnings: count(checked, 'warning'),
    hints: count(checked, 'hint'),
    files: checked.map(({ file, name, columns, findings }) => ({ file, name, columns, findings })),
  };
}

function count(checked: readonly CheckedFile[], severity: Severity): number {
  return checked.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity)
    .length;
}

function number(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

async function productVersion(): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(`${packageRoot}/package.json`, 'utf8'));
  return version;
}
