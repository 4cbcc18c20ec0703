import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../base/package-root.ts';

const root = join(packageRoot, '..', 'shared', 'data');

/** Absolute path inside the shared test data that lies beside the project. */
export function sharedData(...segments: readonly string[]): string {
  return join(root, ...segments);
}

/** A `describe` that needs the shared test data: skipped with its reason where absent, a failure in CI. */
export function describeWithSharedData(name: string, body: () => void): void {
  if (existsSync(root)) {
    describe(name, body);
  } else if (process.env['CI'] === 'true') {
    test(name, () => expect.fail('the shared test data (../shared/data) is required in CI'));
  } else {
    describe.skip(`${name} (skipped: ../shared/data is absent)`, body);
  }
}
