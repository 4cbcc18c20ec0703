import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { diffContracts } from '../../models/contract-diff.ts';
import { dataDictionary } from '../../models/data-dictionary.ts';
import { contractOf, loadContract, type MartContract } from '../../models/mart-contract.ts';
import { loadMartDeclarations, parseMartDeclaration } from '../../models/mart-declaration.ts';

const declared = (version: string, columns: string, releases: readonly string[] = ['0.1.0']): MartContract =>
  contractOf(
    [
      parseMartDeclaration(
        'visits.yaml',
        `name: visits
title: Visits
description: Visits.
grain: one row per visit
owner: clinical-data
version: ${version}
key: [visit_key]
references: []
traces: []
columns:
  - { name: visit_key, type: UUID, nullable: false, description: The visit. }
${columns}`,
      ),
    ],
    releases,
  );
const stay = '  - { name: stay, type: INTEGER, unit: days, description: How long. }\n';
const faults = (before: MartContract, after: MartContract) =>
  diffContracts(before, after).map((each) => [each.column ?? each.mart, each.what, each.fault]);

test('what a reader would stumble over is named; what adds something wants a minor version', () => {
  const before = declared('1.0.0', stay);
  expect(diffContracts(before, before)).toEqual([]);
  const ward = '  - { name: ward, type: VARCHAR, description: Where. }\n';
  expect(faults(before, declared('1.1.0', stay + ward))).toEqual([['ward', 'new column', undefined]]);
  expect(faults(before, declared('1.0.1', stay + ward))).toEqual([
    ['ward', 'new column', undefined],
    ['visits', 'version 1.0.1', 'raise the minor version of the mart (it was 1.0.0)'],
  ]);
  expect(faults(before, declared('2.0.0', stay.replace('days', 'hours')))).toEqual([
    [
      'stay',
      'INTEGER in days → INTEGER in hours',
      'a column of another type or unit is a new column; deprecate this one',
    ],
  ]);
  expect(faults(declared('1.0.0', stay.replace('}', ', nullable: false }')), before)).toEqual([
    ['stay', 'may be empty now', undefined],
    ['visits', 'version 1.0.0', 'raise the major version of the mart (it was 1.0.0)'],
  ]);
  expect(faults(before, { ...before, marts: {} })).toEqual([
    ['visits', 'removed', 'deprecate it and keep it for 2 releases'],
  ]);
});

test('a column goes two releases after the one that deprecates it, not before', () => {
  const deprecated = stay.replace('}', ', deprecated: { since: 0.2.0, use: stay_days } }');
  const after = declared('2.0.0', '');
  expect(faults(declared('1.1.0', stay), after)[0]?.[2]).toBeDefined();
  const first = declared('1.1.0', deprecated, ['0.1.0', '0.2.0']);
  expect(faults(first, after)).toEqual([['stay', 'removed', 'deprecate it and keep it for 2 releases']]);
  const second = declared('1.1.0', deprecated, ['0.1.0', '0.2.0', '0.3.0']);
  expect(faults(second, after)).toEqual([['stay', 'removed', undefined]]);
});

test('the marts keep what the last release promised, and the data dictionary tells of all of them', () => {
  const marts = loadMartDeclarations();
  const promised = loadContract();
  const broken = diffContracts(promised, contractOf(marts, promised.releases)).filter((each) => each.fault);
  expect(broken).toEqual([]);
  expect(readFileSync(join(packageRoot, 'docs/data-dictionary.md'), 'utf8')).toBe(
    `${dataDictionary(marts).trimEnd()}\n`,
  );
});
