import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../base/package-root.ts';
import type { refresh } from '../../etl/refresh/refresh.ts';
import type { ViewJson } from '../view/oracle/generate-view.ts';
import type { Night } from './history.ts';

/** A copy of the built package whose models may be changed. */
export interface PackageCopy {
  readonly refresh: typeof refresh;
  /** Puts the models back as they are shipped. */
  readonly reset: () => void;
  readonly change: (change: Night['change']) => void;
  readonly views: () => readonly ViewJson[];
}

export async function copyPackage(directory: string): Promise<PackageCopy> {
  // below a folder of this name modules are run as they are
  const root = join(directory, 'node_modules', 'chiasm');
  mkdirSync(root, { recursive: true });
  for (const name of ['package.json', 'dist/base', 'dist/etl', 'dist/models'])
    cpSync(join(packageRoot, name), join(root, name), {
      recursive: true,
    });
  symlinkSync(join(packageRoot, 'node_modules'), join(root, 'node_modules'));
  const reset = (): void => {
    for (const name of ['models', 'sql'])
      cpSync(join(packageRoot, name), join(root, name), { recursive: true });
  };
  reset();
  const program = pathToFileURL(join(root, 'dist/etl/refresh/refresh.js')).href;
  const module = (await import(/* @vite-ignore */ program)) as { readonly refresh: typeof refresh };
  const edit = (name: string, by: (text: string) => string): void => {
    const path = join(root, name);
    writeFileSync(path, by(readFileSync(path, 'utf8')));
  };
  return {
    refresh: module.refresh,
    reset,
    change: (change) => {
      if (change === 'view-column') edit('models/fhir/condition.view.json', addColumn);
      if (change === 'mart-sql') edit('sql/marts/encounters.sql', (sql) => changeSql(sql));
    },
    views: () => loadViews(root),
  };
}

/** Another column that nobody reads yet. */
function addColumn(text: string): string {
  const view = JSON.parse(text) as { select: { column: object[] }[] };
  const columns = view.select[0]?.column ?? [];
  const name = `verification_system_${columns.length}`;
  const path = 'verificationStatus.coding.first().system';
  columns.push({ name, path, tag: [{ name: 'chiasm/privacy', value: 'code' }] });
  return JSON.stringify(view);
}

/** Other values in a column. */
function changeSql(sql: string): string {
  return `select * replace (coalesce(service_type, '-') || '+' as service_type) from (\n${sql.trim()}\n)`;
}

function loadViews(root: string): readonly ViewJson[] {
  return VIEW_FILES.map((name) => JSON.parse(readFileSync(join(root, 'models', name), 'utf8')) as ViewJson);
}

/** The views of the types that histories tell of. */
const VIEW_FILES = [
  'dicom/dicom_instance.view.json',
  'dicom/dicom_segment.view.json',
  'dicom/dicom_slide_level.view.json',
  ...[
    'condition',
    'condition_stage',
    'encounter',
    'imaging_study',
    'imaging_study_series',
    'medication',
    'medication_administration',
    'observation',
    'observation_component',
    'patient',
    'practitioner',
    'service_request',
  ].map((name) => `fhir/${name}.view.json`),
];
