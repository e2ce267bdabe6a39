/**
 * An open page across a restart of the whole server, on a real Postgres: what was held is still held, what was
 * bought is still bought, and the page is live again without a reload. The server is stopped in order; what a
 * crash leaves behind is shown elsewhere.
 */
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFreePort } from '../../engines/ports.ts';
import { type Onhand, startOnhand } from '../../main.ts';
import type { Config } from '../../runtime/config.ts';
import { availableOn, type BrowserLaunch, cardOf, launchBrowser, openStorefront, type Visitor } from '../../testing/browser.ts';
import { type TemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts';
import { until } from '../../testing/until.ts';

let folder: TemporaryFolder;
let browser: BrowserLaunch;
let server: Onhand;
let anna: Visitor;

async function start(port: number): Promise<void> {
  const config: Config = {
    port,
    host: '127.0.0.1',
    dataDir: folder.path,
    logLevel: 'silent',
    log: null,
    natsUrl: null,
    natsReplicas: 1,
    redisUrl: null,
    databaseUrl: null,
    clickhouseUrl: null,
    typesenseUrl: null,
    stripeApiKey: null,
    stripeWebhookSecret: null,
    smtpUrl: null,
    mailFrom: 'Shop <orders@shop.example>',
  };
  server = await startOnhand({ config, logger: pino({ level: 'silent' }) });
}

beforeAll(async () => {
  folder = temporaryFolder();
  browser = await launchBrowser();
  await start(await findFreePort());
  anna = await browser.visitor();
  await openStorefront(anna, server.url);
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await server?.stop();
  folder?.[Symbol.dispose]();
});

it('an open page lives through a restart of the server, and so do holds and sales', async () => {
  const { page } = anna;
  await cardOf(page, 'mug-fog').locator('[data-act=hold]').click();
  await page.locator('[data-act=buy]').click();
  await page.locator('.bought', { hasText: 'Fog Mug' }).waitFor();
  await cardOf(page, 'jar-buttons').locator('[data-act=hold]').click();
  await page.locator('.hold[data-status=held]').waitFor();

  const port = Number(new URL(server.url).port);
  await server.stop();
  await page.locator('.connection:not([data-state="live"])').waitFor();
  expect(await availableOn(page, 'jar-buttons')).toBe(59);
  await start(port);

  await page.locator('.connection[data-state="live"][data-resumed="true"]').waitFor({ timeout: 30_000 });
  expect(await page.locator('.connection').getAttribute('title')).toMatch(/^Nothing missed/);
  await page.locator('[data-act=release]').click();
  await until(
    '60 on the page',
    () => availableOn(page, 'jar-buttons'),
    (seen) => seen === 60,
  );
  expect(await availableOn(page, 'mug-fog')).toBe(51);
  await page.reload();
  await page.locator('.bought', { hasText: 'Fog Mug' }).waitFor();
  await until(
    '51 on the page',
    () => availableOn(page, 'mug-fog'),
    (seen) => seen === 51,
  );
});
