import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe, expect, test } from 'vitest';

const EXECUTABLE = '/usr/bin/chromium';

/** A `describe` that needs Chromium: skipped with its reason where absent, a failure in CI. */
export function describeWithBrowser(name: string, body: () => void): void {
  if (existsSync(EXECUTABLE)) {
    describe(name, body);
  } else if (process.env['CI'] === 'true') {
    test(name, () => expect.fail(`${EXECUTABLE} is required in CI (Debian package chromium)`));
  } else {
    describe.skip(`${name} (skipped: ${EXECUTABLE} is absent)`, body);
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
