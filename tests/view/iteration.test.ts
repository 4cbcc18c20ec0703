import { afterAll, beforeAll, expect, test } from 'vitest';
import { createViewRunner, type Row, type ViewRunner } from './run-view.ts';

let runner: ViewRunner;
beforeAll(async () => {
  runner = await createViewRunner();
});
afterAll(() => runner.close());

async function run(view: object, record: object): Promise<Row[]> {
  const { files, relation } = await runner.run({ name: 'tested', ...view }, [record]);
  expect(relation).toEqual(files);
  return files;
}

/** Items nested `depth` deep, two on every level. */
function nested(depth: number, prefix = ''): object[] {
  return [1, 2].map((number) => ({
    linkId: `${prefix}${number}`,
    ...(depth > 1 && number === 1 ? { item: nested(depth - 1, `${prefix}${number}.`) } : {}),
  }));
}

const id = { column: [{ name: 'id', path: 'id' }] };

test('repeat goes to any depth, in pre-order, with its position', async () => {
  const rows = await run(
    {
      resource: 'Questionnaire',
      select: [
        id,
        {
          repeat: ['item'],
          column: [
            { name: 'link', path: 'linkId' },
            { name: 'n', path: '%rowIndex' },
          ],
        },
      ],
    },
    { resourceType: 'Questionnaire', id: 'q', item: nested(15) },
  );
  expect(rows.map((row) => row['link'])).toEqual(preOrder(nested(15)));
  expect(rows.map((row) => row['n'])).toEqual(rows.map((_, index) => index));
});

function preOrder(items: readonly object[]): string[] {
  return items.flatMap((item) => {
    const { linkId, item: children } = item as { linkId: string; item?: object[] };
    return [linkId, ...preOrder(children ?? [])];
  });
}

test('repeat over paths of different types reads what each has', async () => {
  const rows = await run(
    {
      resource: 'QuestionnaireResponse',
      select: [
        {
          repeat: ['item', 'answer'],
          column: [
            { name: 'link', path: 'linkId' },
            { name: 'value', path: 'value.ofType(string)' },
          ],
        },
      ],
    },
    {
      resourceType: 'QuestionnaireResponse',
      id: 'q',
      item: [
        { linkId: '1', answer: [{ valueString: 'a', item: [{ linkId: '1.1' }] }], item: [{ linkId: '1.2' }] },
      ],
    },
  );
  expect(rows).toEqual([
    { link: '1', value: null },
    { link: '1.2', value: null },
    { link: null, value: 'a' },
    { link: '1.1', value: null },
  ]);
});

test('repeat as a function, and inside forEach with a filter', async () => {
  const rows = await run(
    {
      resource: 'Questionnaire',
      select: [
        { column: [{ name: 'all', path: 'repeat(item).linkId', collection: true }] },
        {
          forEach: 'item',
          column: [{ name: 'top', path: 'linkId' }],
          select: [{ repeat: ["item.where(linkId != '1.1.1')"], column: [{ name: 'link', path: 'linkId' }] }],
        },
      ],
    },
    { resourceType: 'Questionnaire', id: 'q', item: nested(3) },
  );
  const all = ['1', '1.1', '1.1.1', '1.1.2', '1.2', '2'];
  expect(rows).toEqual(['1.1', '1.1.2', '1.2'].map((link) => ({ all, top: '1', link })));
});

test('repeat over nothing gives no row', async () => {
  const view = {
    resource: 'Questionnaire',
    select: [id, { repeat: ['item'], column: [{ name: 'link', path: 'linkId' }] }],
  };
  expect(await run(view, { resourceType: 'Questionnaire', id: 'q' })).toEqual([]);
  expect(await run(view, { resourceType: 'Questionnaire', id: 'q', item: [] })).toEqual([]);
});

test('%rowIndex belongs to its own level and comes back after it', async () => {
  const rows = await run(
    {
      resource: 'Patient',
      select: [
        { column: [{ name: 'root', path: '%rowIndex' }] },
        {
          forEachOrNull: 'contact',
          column: [{ name: 'contact', path: '%rowIndex' }],
          unionAll: [
            {
              column: [
                { name: 'n', path: '%rowIndex' },
                { name: 'v', path: 'name.family' },
              ],
            },
            {
              forEach: 'telecom',
              column: [
                { name: 'n', path: '%rowIndex' },
                { name: 'v', path: 'value' },
              ],
            },
          ],
        },
      ],
    },
    {
      resourceType: 'Patient',
      id: 'p',
      contact: [
        { name: { family: 'A' } },
        { name: { family: 'B' }, telecom: [{ value: '1' }, { value: '2' }] },
      ],
    },
  );
  expect(rows).toEqual([
    { root: 0, contact: 0, n: 0, v: 'A' },
    { root: 0, contact: 1, n: 1, v: 'B' },
    { root: 0, contact: 1, n: 0, v: '1' },
    { root: 0, contact: 1, n: 1, v: '2' },
  ]);
});

test('a null row of forEachOrNull has its nested and union columns, and sibling selects multiply', async () => {
  const rows = await run(
    {
      resource: 'Patient',
      select: [
        {
          forEachOrNull: 'contact',
          column: [{ name: 'a', path: 'gender' }],
          select: [{ forEachOrNull: 'telecom', column: [{ name: 'b', path: 'value' }] }],
          unionAll: [
            { column: [{ name: 'c', path: 'name.family' }] },
            { column: [{ name: 'c', path: "'constant'" }] },
          ],
        },
        { forEach: 'name', column: [{ name: 'd', path: 'family' }] },
      ],
    },
    { resourceType: 'Patient', id: 'p', name: [{ family: 'X' }, { family: 'Y' }] },
  );
  expect(rows).toHaveLength(4);
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
    new Set(
      ['X', 'Y'].flatMap((d) => [null, 'constant'].map((c) => JSON.stringify({ a: null, b: null, c, d }))),
    ),
  );
});

test('branches of unionAll agree in types where one of them is always empty or narrower', async () => {
  const branch = (n: string, v: string) => ({
    column: [
      { name: 'n', path: n },
      { name: 'v', path: v },
    ],
  });
  const rows = await run(
    {
      resource: 'Patient',
      select: [
        { unionAll: [branch('unknown', 'id'), branch('%rowIndex', 'unknown'), branch('7 div 2', "'x'")] },
      ],
    },
    { resourceType: 'Patient', id: 'p' },
  );
  expect(rows).toEqual([
    { n: null, v: 'p' },
    { n: '0', v: null },
    { n: '3', v: 'x' },
  ]);
});
