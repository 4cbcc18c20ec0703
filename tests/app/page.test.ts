import { tmpdir } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishFixture } from '../cube/publish-fixture.ts';
import { type ServerUnderTest, startTestServer } from '../serve/serve-fixture.ts';
import { describeWithBrowser, launchBrowser } from './browser.ts';
import { MARY, makeMaryRows } from './mary-rows.ts';

const SECTIONS = 4;

describeWithBrowser('the page', () => {
  let browser: Browser;
  let demo: ServerUnderTest;
  beforeAll(async () => {
    browser = await launchBrowser();
    demo = await startTestServer(makeMaryRows(), {
      demo: true,
      demoPatientKey: MARY,
      records: { groups: ['analysts'], directories: { private: tmpdir(), landing: tmpdir() } },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  test.each([
    [1280, 'light'],
    [400, 'light'],
    [1280, 'dark'],
  ] as const)(
    'in the demo shows journey, chart, question and datasets, %i px wide, %s',
    async (width, scheme) => {
      const { page, complaints } = await openPage(browser, demo.url, { width, scheme });
      await settled(page);
      await page.locator('.timeline .lane-name').first().waitFor();
      await page.locator('#survival svg circle').first().waitFor();
      expect(await page.textContent('#journey-title')).toBe('The journey of Mary');
      expect(await page.textContent('#journey-summary')).toContain('lung cancer, adenocarcinoma, stage IIIA');
      const lanes = await page.locator('.timeline .lane-name').allTextContents();
      expect(lanes).toEqual(['Imaging', 'Pathology', 'Diagnosis', 'Treatment', 'Labs', 'Visits', 'Outcome']);
      expect(await page.locator('.timeline .span').count()).toBe(4);
      expect(await page.locator('.timeline .lane-imaging circle').count()).toBe(4);
      expect(await page.locator('.story li').count()).toBeGreaterThan(6);
      expect(await page.locator('#survival svg circle').count()).toBeGreaterThan(3);
      expect(await page.locator('#survival [role=img]').getAttribute('aria-label')).toMatch(
        /Surgery: \d+% of \d+/,
      );
      expect(await page.locator('#question tbody tr').count()).toBeGreaterThan(2);
      const datasets = await page.locator('.dataset-row .name').allTextContents();
      expect(datasets).toContain('marts.patient_events');
      expect(await page.textContent('#freshness')).toMatch(/^Snapshot 1, published/);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await page.locator('#demo-note').isVisible()).toBe(true);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test('chart and table name and order the groups alike, those without treatment last among equals', async () => {
    const { page } = await openPage(browser, demo.url);
    await settled(page);
    await page.locator('#survival svg circle').first().waitFor();
    const label = (await page.locator('#survival [role=img]').getAttribute('aria-label')) ?? '';
    const groups = [...label.matchAll(/([A-Z][a-z ]+): \d+% of (\d+)/g)].map(
      ([, name, n]) => [name, Number(n)] as const,
    );
    const cells = await page
      .locator('#question tbody tr')
      .evaluateAll((trs) =>
        trs.map((tr) => [...tr.children].slice(0, 2).map((cell) => cell.textContent ?? '')),
      );
    const counted = cells.map(([name, n]) => [name, Number(n)] as const);
    for (const shown of [groups, counted]) {
      expect(shown.map(([name]) => name)).toContain('None recorded');
      const last = (name: string | undefined): string => (name === 'None recorded' ? '~' : (name ?? ''));
      const ordered = [...shown].sort(([a, n], [b, m]) => m - n || (last(a) < last(b) ? -1 : 1));
      expect(shown).toEqual(ordered);
    }
    await page.close();
  });

  test('moves to the newest snapshot as a whole when its own is no longer served', async () => {
    const server = await startTestServer(makeMaryRows(), { demo: true, demoPatientKey: MARY });
    const { page } = await openPage(browser, server.url);
    await settled(page);
    expect(await page.textContent('#freshness')).toMatch(/^Snapshot 1,/);
    await publishFixture(server.warehouse, makeMaryRows());
    const asked: string[] = [];
    page.on('request', (request) => {
      const number = request.headers()['x-chiasm-snapshot'];
      if (/load|journey|catalog/.test(request.url())) asked.push(number ?? 'none');
    });
    await page.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => asked).toEqual(['1']);
    // As after the minutes for which a session keeps its snapshot.
    await page.route('**/api/journey/*', (route) => {
      if (route.request().headers()['x-chiasm-snapshot'] !== '1') return route.continue();
      return route.fulfill({ status: 410, json: { code: 'snapshot-retired', error: 'gone' } });
    });
    await page.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => page.textContent('#freshness')).toMatch(/^Snapshot 2,/);
    await settled(page);
    await page.locator('.timeline .lane-name').first().waitFor();
    await expect.poll(() => asked.filter((number) => number === '2').length).toBeGreaterThan(3);
    expect(new Set(asked)).toEqual(new Set(['1', '2']));
    await page.close();
    await server.close();
  });

  test('columns, the REST query and all events open by keyboard', async () => {
    const { page, complaints } = await openPage(browser, demo.url);
    await settled(page);
    await page.locator('summary', { hasText: 'marts.imaging_series' }).press('Enter');
    await page.locator('#datasets').getByText('slice_thickness_mm').waitFor();
    await page.locator('summary', { hasText: 'The REST query' }).press('Enter');
    expect(await page.locator('#question pre').first().textContent()).toContain('cohort.slice_thickness_mm');
    await page.locator('summary', { hasText: 'events as a list' }).press('Enter');
    await expect.poll(() => page.locator('#journey tbody tr').count()).toBeGreaterThan(100);
    await page
      .getByRole('button', { name: /^Open the records of/ })
      .last()
      .press('Enter');
    await page.locator('dialog summary', { hasText: 'marts.patient_events' }).press('Enter');
    expect(await page.textContent('dialog dl')).toContain(MARY);
    await page.getByRole('button', { name: 'Close' }).press('Enter');
    await page.getByRole('button', { name: 'Whole record' }).press('Enter');
    await expect.poll(() => page.locator('.timeline .lane-visits line').count()).toBeGreaterThan(40);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the catalog finds a dataset by a word of a column, and shows its way and its values', async () => {
    const { page, complaints } = await openPage(browser, `${demo.url}/catalog`);
    await page.locator('#dataset[aria-busy=false] h2').waitFor();
    await page.fill('#search', 'slice thickness');
    await expect.poll(() => page.locator('#shelf a').count()).toBeLessThan(6);
    await page.locator('#shelf a', { hasText: 'Imaging series' }).click();
    await page.locator('#dataset[aria-busy=false] h2', { hasText: 'Imaging series' }).waitFor();
    expect(await page.locator('.lineage .stop').allTextContents()).toContain('marts.imaging_evidence');
    expect(await page.locator('#dataset .share').count()).toBeGreaterThan(2);
    expect(await page.textContent('#dataset pre')).toContain('from marts.imaging_series');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the picker shows another patient by key, without a name, and says when there is none', async () => {
    const { page } = await openPage(browser, demo.url);
    await settled(page);
    await expect.poll(() => page.locator('#patient-keys option').count()).toBeGreaterThan(5);
    const key = (await page.locator('#patient-keys option').first().getAttribute('value')) ?? '';
    await page.fill('#patient-key', key);
    await page.press('#patient-key', 'Enter');
    await page.getByText(`The journey of Patient ${key.slice(0, 8)}`).waitFor();
    await page.fill('#patient-key', 'ffffffff-0000-4000-8000-000000000000');
    await page.press('#patient-key', 'Enter');
    await page.getByText('No patient has this key.').waitFor();
    await page.close();
  });

  test('outside the demo nothing shows before a token is given', async () => {
    const server = await startTestServer(makeMaryRows());
    const { page, complaints } = await openPage(browser, server.url);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.locator('#content').isVisible()).toBe(false);
    await page.fill('#token', 'nonsense');
    await page.press('#token', 'Enter');
    await page.getByText('This token is not valid').waitFor();
    await page.fill('#token', server.token);
    await page.press('#token', 'Enter');
    await settled(page);
    expect(await page.textContent('#journey-title')).toMatch(/^The journey of Patient [0-9a-f]{8}$/);
    expect(await page.textContent('#session')).toContain('signed in as tester');
    await page.locator('summary', { hasText: 'events as a list' }).press('Enter');
    await page.locator('#journey tbody tr').first().waitFor();
    expect(await page.getByRole('button', { name: /^Open the records of/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    // The browser itself reports the refused token.
    expect(complaints.filter((line) => !line.includes('401'))).toEqual([]);
    await page.close();
    await server.close();
  });

  test('says when nothing is published yet, and when there is nothing to show', async () => {
    for (const [rows, words] of [
      [undefined, 'Nothing is published yet'],
      [{}, 'There is no patient with events yet'],
    ] as const) {
      const server = await startTestServer(rows, { demo: true });
      const { page } = await openPage(browser, server.url);
      await settled(page);
      await page.locator('#journey-body', { hasText: words }).waitFor();
      if (rows !== undefined) await page.getByText('No lung cancer of stage III or IV').waitFor();
      await page.close();
      await server.close();
    }
  });
});

async function openPage(
  browser: Browser,
  url: string,
  { width = 1280, scheme = 'light' }: { readonly width?: number; readonly scheme?: 'light' | 'dark' } = {},
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** Until every section has its answer. */
async function settled(page: Page): Promise<void> {
  await page
    .locator('[aria-busy=false]')
    .nth(SECTIONS - 1)
    .waitFor({ state: 'attached' });
}
