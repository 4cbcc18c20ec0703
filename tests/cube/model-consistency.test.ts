import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { modelPath } from '../../cube/semantic-layer.ts';
import { loadMartDeclarations } from '../../models/mart-declaration.ts';

interface CubeFile {
  readonly name: string;
  readonly sql_table: string;
  readonly public: boolean;
  readonly joins?: readonly { readonly sql: string }[];
  readonly dimensions: readonly CubeMember[];
  readonly measures: readonly CubeMember[];
}

interface CubeMember {
  readonly name: string;
  readonly sql?: string;
  readonly type: string;
  readonly primary_key?: boolean;
  readonly filters?: readonly { readonly sql: string }[];
  readonly meta?: { readonly unit?: string };
}

const cubes: readonly CubeFile[] = readdirSync(join(modelPath, 'cubes'))
  .map((file) => parse(readFileSync(join(modelPath, 'cubes', file), 'utf8')))
  .flatMap((file) => file.cubes);
const marts = loadMartDeclarations();

const CUBE_TYPES: Readonly<Record<string, string>> = {
  UUID: 'string',
  VARCHAR: 'string',
  BOOLEAN: 'boolean',
  INTEGER: 'number',
  BIGINT: 'number',
  DOUBLE: 'number',
  DATE: 'time',
  TIMESTAMPTZ: 'time',
};

test('every mart has exactly one private cube', () => {
  expect(cubes.map((cube) => cube.sql_table).sort()).toEqual(
    marts.map((mart) => `marts.${mart.name}`).sort(),
  );
  expect(cubes.filter((cube) => cube.public !== false)).toEqual([]);
});

test.each(cubes.map((cube) => [cube.name, cube] as const))('cube %s fits its mart', (_name, cube) => {
  const mart = marts.find((each) => `marts.${each.name}` === cube.sql_table);
  const declared = new Set(mart?.columns.map((column) => column.name));
  const texts = [
    ...(cube.joins ?? []).map((join) => join.sql),
    ...[...cube.dimensions, ...cube.measures].flatMap((member) => [
      member.sql ?? '',
      ...(member.filters ?? []).map((filter) => filter.sql),
    ]),
  ];
  const used = texts.flatMap((text) => [...text.matchAll(/\{CUBE\}\.(\w+)/g)].map((match) => match[1]));
  expect(used.filter((column) => column === undefined || !declared.has(column))).toEqual([]);

  for (const column of mart?.columns ?? []) {
    const dimension = cube.dimensions.find((each) => each.name === column.name);
    expect(dimension, `${column.name} is a dimension`).toBeDefined();
    expect(dimension?.type, column.name).toBe(CUBE_TYPES[column.type]);
    expect(dimension?.meta?.unit, column.name).toBe(column.unit);
  }
  const keys = cube.dimensions.filter((dimension) => dimension.primary_key === true);
  expect(keys.map((dimension) => dimension.name).sort()).toEqual([...(mart?.key ?? [])].sort());
});

test('joins follow the references that the marts declare', () => {
  for (const cube of cubes) {
    for (const join of cube.joins ?? []) {
      const [, from, target, to] = /^\{CUBE\}\.(\w+) = \{(\w+)\}\.(\w+)$/.exec(join.sql) ?? [];
      const [here, there] = [cube.sql_table, cubes.find((each) => each.name === target)?.sql_table];
      const isDeclared = [
        [here, there, from, to],
        [there, here, to, from],
      ].some(([owner, referred, column, key]) =>
        marts
          .find((mart) => `marts.${mart.name}` === owner)
          ?.references.some(
            (reference) =>
              `marts.${reference.mart}` === referred &&
              reference.columns.join() === column &&
              reference.to.join() === key,
          ),
      );
      expect(isDeclared, `${cube.name}: ${join.sql}`).toBe(true);
    }
  }
});
