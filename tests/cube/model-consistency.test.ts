import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type AuthoredCube, cubeOfMart } from '../../cube/mart-cube.ts';
import { modelPath } from '../../cube/model-repository.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';

interface Authored extends AuthoredCube {
  readonly joins?: readonly { readonly name: string; readonly relationship: string; readonly sql: string }[];
}

interface View {
  readonly name: string;
  readonly cubes: readonly { readonly join_path: string }[];
}

const read = (folder: string): readonly Record<string, readonly unknown[]>[] =>
  readdirSync(join(modelPath, folder)).map((file) =>
    parse(readFileSync(join(modelPath, folder, file), 'utf8')),
  );
const cubes = read('cubes').flatMap((file) => file['cubes'] as readonly Authored[]);
const views = read('views').flatMap((file) => file['views'] as readonly View[]);
const marts = loadMartDeclarations();

test('every mart has exactly one cube, and every cube but the joined ones a public view', () => {
  expect(cubes.map((cube) => cube.mart).sort()).toEqual(marts.map((mart) => mart.name).sort());
  const shown = new Set(views.flatMap((view) => view.cubes.flatMap(({ join_path }) => join_path.split('.'))));
  expect(cubes.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual(['treatment_line_agents']);
});

test.each(cubes.map((cube) => [cube.name, cube] as const))('cube %s fits its mart', (_name, cube) => {
  const mart = marts.find((each) => each.name === cube.mart);
  if (mart === undefined) throw new Error('no such mart');
  const declared = new Set(mart.columns.map((column) => column.name));
  const used = [...JSON.stringify(cube).matchAll(/\{CUBE\}\.(\w+)/g)].map((match) => match[1] ?? '');
  expect(used.filter((column) => !declared.has(column))).toEqual([]);
  // What the declaration says, the file does not say again.
  expect(Object.keys(cube).filter((key) => /^(sql_table|title|description|public)$/.test(key))).toEqual([]);
  const complete = cubeOfMart(cube, mart) as unknown as {
    readonly public: boolean;
    readonly dimensions: readonly {
      name: string;
      type: string;
      description: string;
      primary_key?: boolean;
    }[];
  };
  expect(complete.public).toBe(false);
  for (const { name, description } of mart.columns) {
    expect(complete.dimensions.find((each) => each.name === name)?.description, name).toBe(description);
  }
  const keys = complete.dimensions.filter((dimension) => dimension.primary_key === true);
  expect(keys.map(({ name }) => name).sort()).toEqual([...mart.key].sort());
});

test('a mart is described in its declaration alone', () => {
  const [cube, mart] = [
    cubes.find(({ name }) => name === 'outcomes'),
    marts.find((m) => m.name === 'outcomes'),
  ];
  if (cube === undefined || mart === undefined) throw new Error('no outcomes');
  const described = { ...cube, dimensions: [{ name: 'vital_status', description: 'Once more.' }] };
  expect(() => cubeOfMart(described, mart)).toThrow('vital_status');
});

test('joins follow the references that the marts declare, the side of the key being one', () => {
  const martOf = (cube: string) =>
    marts.find(({ name }) => name === cubes.find((each) => each.name === cube)?.mart);
  for (const cube of cubes) {
    for (const { name, relationship, sql } of cube.joins ?? []) {
      const [, from, target, to] = /^\{CUBE\}\.(\w+) = \{(\w+)\}\.(\w+)$/.exec(sql) ?? [];
      const [here, there] = [martOf(cube.name), martOf(name)];
      expect(target, `${cube.name}: ${sql}`).toBe(name);
      const isDeclared = [
        [here, there, from, to],
        [there, here, to, from],
      ].some(([owner, referred, column, key]) =>
        (owner as typeof here)?.references.some(
          (reference) =>
            reference.mart === (referred as typeof here)?.name &&
            reference.columns.join() === column &&
            reference.to.join() === key,
        ),
      );
      expect(isDeclared, `${cube.name}: ${sql}`).toBe(true);
      // A relationship that promises one row where there are several would count others twice.
      const isOneThere = there?.key.join() === to;
      expect(relationship.endsWith('to_one'), `${cube.name}: ${relationship} ${name}`).toBe(isOneThere);
    }
  }
});
