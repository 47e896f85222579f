import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseHTML } from 'linkedom';
import { type Browser, type Page, chromium } from 'playwright-core';
import t from 'tap';

import { analyse } from '../../../src/report/comparison/analyse.js';
import { comparisonHtml } from '../../../src/report/comparison/html/index.js';
import type * as Report from '../../../src/report/comparison/index.js';
import { noise, studyOf } from './studies.js';

const compiled = path.join(__dirname, '../../../dist/src/report/comparison/index.js');
const { compareStrategies } = createRequire(__filename)(compiled) as typeof Report;

/** Where Debian and others put the browser. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const HOSTILE = `<script>alert("1")</script>&'x'`;

t.test('whatever a name is, it stands in the page as text', async (t) => {
  const study = studyOf(
    {
      [HOSTILE]: (seed) => ({ lastCompletion: 5 + noise(seed) }),
      b: (seed) => ({ lastCompletion: 7 + noise(seed, 1) }),
    },
    6,
  );
  const comparison = analyse({ ...study, command: `bt-shm '${HOSTILE}'` });
  const page = await comparisonHtml(comparison);
  const { document } = parseHTML(page) as { readonly document: Queried };
  t.equal(document.querySelectorAll('script').length, 1, 'the own one');
  for (const place of ['h1', 'title', '.verdicts', 'pre', 'tbody', '.legend']) {
    t.match(document.querySelector(place)?.textContent, HOSTILE, place);
  }
  t.equal(await comparisonHtml(comparison), page, 'the same comparison gives the same page');
});

t.test('a comparison of one contender without charts to draw is still a page', async (t) => {
  const study = studyOf({ alone: () => undefined }, 2);
  const page = await comparisonHtml(analyse(study));
  t.match(page, 'There is no pair to judge.');
  t.match(page, '2 runs did not deliver everything');
});

const executablePath = BROWSERS.find((file) => existsSync(file)) ?? '';
const skip = executablePath === '' && `no browser: none of ${BROWSERS.join(', ')}`;

t.test('in a browser', { skip }, async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'bt-shm-html-'));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  t.teardown(async () => {
    await browser.close();
    rmSync(directory, { recursive: true });
  });
  const options = {
    contenders: ['least-loaded', 'random', 'power-of-2'].map((strategy) => ({
      name: strategy,
      options: { strategy },
    })),
    options: { ranks: 24, segments: 60 },
    command: 'bt-shm compare --strategies least-loaded,random,power-of-2',
    failIf: ['least-loaded/random.lastCompletion > 1.2'],
  };
  const single = await openReport(await compareStrategies({ ...options, runs: 12 }), 'single');
  const swept = await openReport(
    await compareStrategies({
      ...options,
      runs: 3,
      sweep: [
        { key: 'refresh', values: [1, 10, 100] },
        { key: 'picker', values: ['random', 'rarest'] },
      ],
    }),
    'swept',
  );

  await t.test('all charts can be seen, and nothing else is loaded', async (t) => {
    const { page, complaints, requests } = await single.open({ width: 1280 });
    const titles = await page.locator('figure h4').allTextContents();
    t.strictSame(titles, [
      'Last completion, run by run',
      'Ratios of last completion',
      'When clients had everything',
      'Distance from the optimum',
      'Who uploads',
      'The rarest segment',
      'Who uploaded to whom: least-loaded',
      'Who uploaded to whom: random',
      'Who uploaded to whom: power-of-2',
    ]);
    for (const [index, title] of titles.entries()) {
      const chart = page.locator('figure').nth(index).locator('svg[role=img]');
      const box = await chart.boundingBox();
      t.ok(box !== null && box.width > 300 && box.height > 90, `${title} has its room`);
      const marks = chart.locator('circle, [aria-label=line] path, path[fill-opacity]');
      t.ok((await marks.count()) >= 3, `${title} shows something`);
      t.ok(await chart.getAttribute('aria-label'), `${title} is described`);
      t.match(await chart.textContent(), /[→↑↓]/, `${title} names its axes`);
    }
    t.match(await page.locator('main').textContent(), 'least-loaded/random.lastCompletion > 1.2');
    t.strictSame(complaints, []);
    t.strictSame(requests, [single.url]);
    await page.close();
  });

  await t.test(
    'a click on a head sorts by numbers or by text, another one the other way',
    async (t) => {
      const { page, complaints } = await single.open({ width: 1280 });
      const table = page.locator('table', { has: page.locator('th', { hasText: 'median' }) });
      const column = async (number: number): Promise<string[]> =>
        table.locator(`tbody td:nth-child(${number})`).allTextContents();
      const meanColumn = 3;
      const before = await column(meanColumn);
      await table.locator('th button', { hasText: 'mean' }).click();
      const numbersOf = async (): Promise<number[]> =>
        (await column(meanColumn)).map((text) => Number(text.replaceAll(',', '')));
      const ascending = await numbersOf();
      t.strictSame(
        ascending,
        [...ascending].sort((a, b) => a - b),
      );
      t.notSame(await column(meanColumn), before);
      await table.locator('th button', { hasText: 'mean' }).click();
      t.strictSame(
        await numbersOf(),
        [...ascending].sort((a, b) => b - a),
      );
      t.equal(await table.locator('th[aria-sort]').count(), 1);
      await table.locator('th button', { hasText: 'strategy' }).click();
      const names = await column(2);
      t.strictSame(
        names,
        [...names].sort((a, b) => a.localeCompare(b)),
      );
      t.strictSame(complaints, []);
      await page.close();
    },
  );

  for (const [name, report] of Object.entries({ single, swept })) {
    await t.test(`${name}: a phone needs no scrolling sideways, and dark is dark`, async (t) => {
      const { page, complaints } = await report.open({ width: 390, colorScheme: 'dark' });
      await page.evaluate(
        "document.querySelectorAll('details').forEach((part) => (part.open = true))",
      );
      t.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 390);
      const luma = await page.evaluate<number[]>(
        `['backgroundColor', 'color'].map((key) => {
          const [r, g, b] = getComputedStyle(document.body)[key].match(/\\d+/g).map(Number);
          return 0.3 * r + 0.6 * g + 0.1 * b;
        })`,
      );
      t.ok(luma[0] < 50 && luma[1] > 200, `background ${luma[0]}, text ${luma[1]}`);
      t.strictSame(complaints, []);
      await page.close();
    });
  }

  await t.test('a sweep has a chart of each axis, and a part for each point', async (t) => {
    const { page } = await swept.open({ width: 1280 });
    const titles = await page.locator('section > .charts h4').allTextContents();
    for (const title of [
      'Last completion by refresh (picker=random)',
      'Segments/s by refresh (picker=rarest)',
      'Last completion by picker (refresh=1)',
    ]) {
      t.ok(titles.includes(title), title);
    }
    t.equal(await page.locator('details', { has: page.locator('figure') }).count(), 6);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    t.equal(await page.locator('details:not([open])').count(), 0, 'paper shows all');
    await page.close();
  });

  /** Writes a report, and opens it as often as it is asked to. */
  async function openReport(comparison: Report.Comparison, name: string) {
    const file = path.join(directory, `${name}.html`);
    writeFileSync(file, await comparisonHtml(comparison));
    const url = pathToFileURL(file).href;
    return { url, open: (look: Look) => openPage(browser, url, look) };
  }
});

/** What is asked of a parsed page. */
interface Queried {
  querySelector(selector: string): { readonly textContent: string } | null;
  querySelectorAll(selector: string): ArrayLike<unknown>;
}

interface Look {
  readonly width: number;
  readonly colorScheme?: 'light' | 'dark';
}

async function openPage(
  browser: Browser,
  url: string,
  { width, colorScheme = 'light' }: Look,
): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests };
}
