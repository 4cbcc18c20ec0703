import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';
import { CANCERS } from '../../demo/tables/cancers.ts';
import { HAZARD_RATIO, UNTREATED_MEDIAN_MONTHS } from '../../demo/tables/survival.ts';

// the formatter pads table cells
const readme = readFileSync(join(packageRoot, 'demo', 'README.md'), 'utf8').replaceAll(/ +/g, ' ');

it('documents the survival parameters in use', () => {
  for (const [group, medians] of Object.entries(UNTREATED_MEDIAN_MONTHS)) {
    expect(readme).toContain(`| ${group} | ${Object.values(medians).join(' | ')} |`);
  }
  expect(readme).toContain(`| ${Object.keys(HAZARD_RATIO).join(' | ')} |`);
  expect(readme).toContain(`| ${Object.values(HAZARD_RATIO).join(' | ')} |`);
});

it('has shares of cancers that add up', () => {
  expect(CANCERS.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});
