import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { parse, stringify } from 'yaml';
import { modelPath } from '../../../cube/model-repository.ts';
import { type CubeUnderTest, startCube } from '../../cube/cube-client.ts';
import { makeFixtureRows } from '../../cube/fixture-rows.ts';
import { startSqlOver } from './sql-over.ts';

/** A view that two groups see in part, one by rows and one by members, and others not at all. */
const GUARDED = `
views:
  - name: guarded
    title: Guarded
    description: Tumours under access rules.
    cubes:
      - join_path: cancer_diagnoses
        includes:
          - name: count
            alias: diagnoses
          - name: patient_count
            alias: patients
          - site_group
          - age_at_diagnosis_years
          - diagnosis_date
          - lung_tumours
    access_policy:
      - group: analysts
        row_level:
          filters:
            - member: site_group
              operator: equals
              values: [breast]
      - group: registry
        member_level:
          includes: [diagnoses, site_group, lung_tumours]
`;

export type Row = Readonly<Record<string, unknown>>;

export interface SemanticUnderTest {
  readonly lines: string[];
  readonly cube: CubeUnderTest;
  /** The rows of a Cube query over REST as a group asks it. */
  load(group: string, query: unknown): Promise<readonly Row[]>;
  /** A user of each group has its name. */
  connect(group: string): Promise<pg.Client>;
  close(): Promise<void>;
}

/** REST and SQL over one semantic layer: the shipped model, a segment, and a view with access rules. */
export async function startSemanticLayer(): Promise<SemanticUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'chiasm-semantic-'));
  const model = join(directory, 'model');
  cpSync(modelPath, model, { recursive: true });
  writeFileSync(join(model, 'views', 'guarded.yml'), GUARDED);
  addSegment(join(model, 'cubes', 'cancer_diagnoses.yml'));
  const cube = await startCube(makeFixtureRows(), { modelPath: model });
  const sql = await startSqlOver(cube, {
    analysts: ['marts'],
    registry: ['cube'],
    guests: ['cube'],
    partial: ['marts.patients'],
  });
  return {
    lines: sql.lines,
    cube,
    load: async (group, query) => {
      for (;;) {
        const { status, body } = await cube.get('load', { query }, group);
        const answer = body as { readonly data?: readonly Row[]; readonly error?: string };
        if (answer.error === 'Continue wait') continue;
        if (answer.data === undefined) throw new Error(`${status}: ${answer.error}`);
        return answer.data;
      }
    },
    connect: sql.connect,
    close: async () => {
      await sql.close();
      await cube.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function addSegment(file: string): void {
  const model = parse(readFileSync(file, 'utf8')) as { cubes: [{ segments?: unknown[] }] };
  const [cube] = model.cubes;
  cube.segments = [
    ...(cube.segments ?? []),
    {
      name: 'lung_tumours',
      title: 'Lung tumours',
      description: 'Of the lung.',
      sql: "{CUBE}.site_group = 'lung'",
    },
  ];
  writeFileSync(file, stringify(model));
}
