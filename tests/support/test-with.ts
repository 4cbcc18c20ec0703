import { expect, test } from 'vitest';

/** A test of a program that has to be installed in CI, and may be absent elsewhere. */
export function testWith(name: string, isThere: boolean, body: () => Promise<void>): void {
  if (isThere || process.env['CI'] === 'true')
    test(name, async () => {
      expect(isThere, `what ${name} needs is not installed: see .ci/run`).toBe(true);
      await body();
    });
  else test.skip(`${name} (skipped: not installed, see .ci/run)`, () => {});
}
