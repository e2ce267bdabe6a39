/** The report in a real browser, from the disk: charts are drawn, nothing is complained about or asked of a network. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BrowserLaunch, launchBrowser, type Visitor } from '../../testing/browser.ts';
import { type TemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts';
import { until } from '../../testing/until.ts';
import type { FlashSaleReport } from '../flash-sale/report.ts';
import { type HtmlReportFacts, htmlReport } from './html-report.ts';
import { hostile, sampleFacts } from './sample.fixture.ts';

let folder: TemporaryFolder;
let browser: BrowserLaunch;

beforeAll(async () => {
  folder = temporaryFolder();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

let pages = 0;

async function open(
  facts: HtmlReportFacts,
  look: 'light' | 'dark' = 'light',
  width = 1_280,
): Promise<{ visitor: Visitor; requests: string[] }> {
  const file = join(folder.path, `report-${(pages += 1)}.html`);
  writeFileSync(file, htmlReport(facts));
  const visitor = await browser.visitor();
  const requests: string[] = [];
  visitor.page.on('request', (request) => requests.push(request.url()));
  await visitor.page.setViewportSize({ width, height: 800 });
  await visitor.page.emulateMedia({ colorScheme: look });
  await visitor.page.goto(pathToFileURL(file).href);
  await visitor.page.locator('html[data-charts="3"]').waitFor();
  return { visitor, requests };
}

/** How many colours a chart's canvas shows: one for a chart that was not drawn. */
function coloursOf(id: string): string {
  return `(() => {
    const canvas = document.querySelector('#${id} canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) colours.add(data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]);
    return colours.size;
  })()`;
}

it.each([
  ['in the light', 'light', 1_280],
  ['in the dark', 'dark', 1_280],
  ['on a phone', 'light', 390],
] as const)('%s the charts are drawn, nothing is complained about, nothing asked for, nothing sticks out', async (_name, look, width) => {
  const { visitor, requests } = await open(sampleFacts(), look, width);
  for (const id of ['throughput', 'latency', 'stock']) expect(await visitor.page.evaluate(coloursOf(id))).toBeGreaterThan(20);
  expect(await visitor.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  expect(await visitor.page.locator('.u-legend .u-series').count()).toBe(3 + 2 + 3 + 3);
  expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
  expect(visitor.complaints).toEqual([]);
  await visitor.context.close();
});

it('a window that becomes narrow gets narrow charts, also beside the open table', async () => {
  const { visitor } = await open(sampleFacts());
  await visitor.page.locator('summary').click();
  await visitor.page.setViewportSize({ width: 390, height: 800 });
  await until(
    'everything fits',
    () =>
      visitor.page.evaluate<number>(
        'Math.max(...[...document.querySelectorAll("canvas, .card")].map((one) => one.getBoundingClientRect().right))',
      ),
    (right) => right <= 390,
  );
  expect(visitor.complaints).toEqual([]);
  await visitor.context.close();
});

it('hostile words stay words', async () => {
  const fault = { ...sampleFacts().report.faults[0]!, target: hostile, failure: hostile, recovered: false };
  const change: Partial<FlashSaleReport> = { durability: hostile, differences: [hostile], faults: [fault], ok: false };
  const { visitor } = await open(sampleFacts(change, { command: hostile, warning: hostile }));
  expect(await visitor.page.title()).toBe('Flash sale, seed 7: failed');
  expect(await visitor.page.locator('img').count()).toBe(0);
  expect(await visitor.page.locator('pre code').textContent()).toBe(hostile);
  expect(visitor.complaints).toEqual([]);
  await visitor.context.close();
});

it('a sale without a single second is shown too', async () => {
  const { visitor } = await open(sampleFacts({ timeline: [], faults: [], verified: null }));
  expect(visitor.complaints).toEqual([]);
  await visitor.context.close();
});
