import { expect, test } from 'vitest';
import { mark, spliceTexts } from '../../cube/caller-text.ts';

test('texts and values go to their places only, whatever is in them', () => {
  const sql = `select a / b, c // d, '/?${mark(0)}', "x/?" /* / ? */ -- / ?\n where${mark(0)}(m)${mark(1)} and e = ? or f = ?`;
  expect(spliceTexts(sql, [`o'${mark(0)}?`, 2], [`lower('${mark(1)}$&?' || `, ') / 2 = 1'])).toBe(
    `select a / 1e0 / b, c // d, '/?${mark(0)}', "x/?" /* / ? */ -- / ?\n where lower('${mark(1)}$&?' ||  (m) ) / 2 = 1  and e = 'o''${mark(0)}?' or f = 2`,
  );
});

test('values that the SQL does not take, and values that it lacks, are a bug', () => {
  expect(() => spliceTexts('select 1', [1], [])).toThrow('other values');
  expect(() => spliceTexts('select ?', [], [])).toThrow('other values');
});
