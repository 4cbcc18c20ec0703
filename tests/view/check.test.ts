import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayHoldTrailingComma } from '../../etl/source/trailing-comma.ts';
import { findMisfit } from '../../etl/view/fit-shape.ts';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView } from '../../etl/view/plan.ts';
import { isCheckable } from '../../etl/view/sql-check.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { viewOf } from './column.ts';

const plan = planView(
  parseViewDefinition(
    viewOf('Patient', {
      id: 'id',
      family: 'name.family.first()',
      given: { path: 'name.given', collection: true },
      is_active: 'active',
      births: 'multipleBirth.ofType(integer)',
      whole: 'maritalStatus',
    }),
  ),
);

test.each([
  [{ id: 'a', name: [{ family: 'F', given: ['G', null] }, null], active: true }, undefined],
  [{ id: null, multipleBirthInteger: 2.0, unread: [{ x: 1 }] }, undefined],
  [{ id: 5 }, 'id'],
  [{ name: { family: 'F' } }, 'name'],
  [{ name: [{ family: ['F'] }] }, 'name.family'],
  [{ name: [{ given: 'G' }] }, 'name.given'],
  [{ name: [{ given: ['G', 5] }] }, 'name.given'],
  [{ active: 'true' }, 'active'],
  [{ multipleBirthInteger: 2.5 }, 'multipleBirthInteger'],
  [{ multipleBirthInteger: 3_000_000_000 }, 'multipleBirthInteger'],
  [{ maritalStatus: 'M' }, 'maritalStatus'],
  [[], ''],
])('%j is judged at %s', (record, element) => {
  expect(findMisfit(record, plan.shape)).toBe(element);
});

test('what is walked as JSON is not checked while it is read', () => {
  const repeat = planView(
    parseViewDefinition({
      resource: 'Questionnaire',
      select: [{ repeat: ['item'], column: [{ name: 'link', path: 'linkId' }] }],
    }),
  );
  expect([isCheckable(plan), isCheckable(repeat)]).toEqual([true, false]);
});

test.each([
  ['{"a":[1,2],"b":{}}\n', false],
  ['{"a":1,}\n', true],
  ['{"a":[1, \t]}\n', true],
  ['{"a":1,\n}\n', true],
  [`${' '.repeat(1024 * 1024 - 1)},}\n`, true],
  [`${'x'.repeat(1024 * 1024)}}\n`, false],
])('a comma before a bracket, case %#', async (text, isThere) => {
  const file = join(temporaryDirectory(), 'x.ndjson');
  writeFileSync(file, text);
  expect(await mayHoldTrailingComma(file)).toBe(isThere);
});
