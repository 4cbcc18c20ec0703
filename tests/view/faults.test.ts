import { expect, test } from 'vitest';
import { ChiasmError } from '../../base/error.ts';
import { parseViewDefinition } from '../../etl/view/parse.ts';
import { planView } from '../../etl/view/plan.ts';
import { viewOf } from './column.ts';

function faultOf(view: unknown): {
  readonly code: string;
  readonly params: unknown;
  readonly message: string;
} {
  try {
    planView(parseViewDefinition(view, 'models/x.view.json'));
  } catch (error) {
    if (error instanceof ChiasmError) return error;
    throw error;
  }
  throw new Error('the view was accepted');
}

test.each([
  ['no resource', { name: 'x', select: [{ column: [{ name: 'a', path: 'id' }] }] }, '$.resource'],
  ['unknown resource', viewOf('Person1', { a: 'id' }), '$.resource'],
  ['bad column name', viewOf('Patient', { 'a-b': 'id' }), '$.select[0].column[0].name'],
  ['misspelt key', viewOf('Patient', { a: { path: 'id', collectoin: true } }), '$.select[0].column[0]'],
  [
    'two iterations',
    { resource: 'Patient', select: [{ forEach: 'name', repeat: ['contact'], column: [] }] },
    '$.select[0]',
  ],
  ['no column', { resource: 'Patient', select: [{ forEach: 'name' }] }, '$.select'],
  ['column twice', viewOf('Patient', { a: 'id', A: 'id' }), '$.select'],
  ['unknown function', viewOf('Patient', { a: 'name.frobnicate()' }), '$.select[0].column[0].path'],
  ['inherited function name', viewOf('Patient', { a: 'name.constructor()' }), '$.select[0].column[0].path'],
  ['missing argument', viewOf('Patient', { a: 'name.where()' }), '$.select[0].column[0].path'],
  ['unknown type', viewOf('Observation', { a: 'value.ofType(Quantitty)' }), '$.select[0].column[0].path'],
  [
    'not a SQL type',
    viewOf('Patient', { a: { path: 'id', tag: [{ name: 'ansi/type', value: 'INT); drop' }] } }),
    '$.select[0].column[0]',
  ],
  ['whole resource', viewOf('Patient', { a: '$this' }), '$.select[0].column[0]'],
  [
    'where of text',
    viewOf('Patient', { a: 'id' }, { where: [{ path: 'active' }, { path: 'id' }] }),
    '$.where[1].path',
  ],
  [
    'constant of two values',
    viewOf('Patient', { a: 'id' }, { constant: [{ name: 'c', valueString: 'a', valueCode: 'b' }] }),
    '$.constant[0]',
  ],
  [
    'constant of a wrong kind',
    viewOf('Patient', { a: 'id' }, { constant: [{ name: 'c', valueInteger: 'a' }] }),
    '$.constant[0].valueInteger',
  ],
  [
    'union of types',
    {
      resource: 'Patient',
      select: [
        { unionAll: [{ column: [{ name: 'a', path: 'id' }] }, { column: [{ name: 'a', path: 'active' }] }] },
      ],
    },
    '$.select[0].unionAll[1]',
  ],
])('%s', (_, view, path) => {
  const fault = faultOf(view);
  expect(fault.code).toBe('view-invalid');
  expect(fault.params).toMatchObject({ origin: 'models/x.view.json', path });
});

test('a fault in FHIRPath tells its character', () => {
  expect(faultOf(viewOf('Patient', { a: 'name.where(use = %wrong)' })).params).toMatchObject({ column: 18 });
  expect(faultOf(viewOf('Patient', { a: 'name.where(' })).params).toMatchObject({ column: 12 });
});
