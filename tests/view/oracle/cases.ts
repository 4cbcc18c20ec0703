import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../run-view.ts';
import type { ViewJson } from './generate-view.ts';

export interface FixedCase {
  readonly title: string;
  readonly view: ViewJson;
  /** JSON lines. */
  readonly resources: readonly string[];
  readonly expect: readonly Row[];
}

/** The files of `cases/`: a disagreement of a random run, made small. */
export function readCases(): readonly FixedCase[] {
  const folder = join(import.meta.dirname, 'cases');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { title, view, resources, expect } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      return {
        title,
        view: { resourceType: 'ViewDefinition', name: 'fixed', status: 'active', constant: [], ...view },
        resources: resources.map((resource: unknown) => JSON.stringify(resource)),
        expect,
      };
    });
}
