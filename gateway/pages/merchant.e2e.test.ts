/** The merchant's desk in a real browser, beside a storefront that sees what the merchant does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { availableOn, type BrowserLaunch, cardOf, launchBrowser, openStorefront, type Visitor } from '../../testing/browser.ts';
import { type LiveShop, openLiveShop } from '../../testing/live-shop.ts';
import { until } from '../../testing/until.ts';

let shop: LiveShop;
let browser: BrowserLaunch;
let merchant: Visitor;
let buyer: Visitor;

beforeAll(async () => {
  shop = await openLiveShop();
  browser = await launchBrowser();
  merchant = await browser.visitor();
  buyer = await browser.visitor();
  await openStorefront(buyer, shop.url);
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
});

async function open(sku: string): Promise<void> {
  await merchant.page.locator(`tr[data-sku="${sku}"]`).getByRole('button', { name: 'Change' }).click();
}

function level(sku: string, name: string): Promise<string | null> {
  return merchant.page.locator(`tr[data-sku="${sku}"] [data-level=${name}]`).textContent();
}

async function shows(sku: string, name: string, units: string): Promise<void> {
  await until(
    `${name} of ${sku} is ${units}`,
    () => level(sku, name),
    (seen) => seen === units,
  );
}

it('a wrong key is refused in words, and is not kept', async () => {
  const { page } = merchant;
  await page.goto(`${shop.url}/admin`);
  await page.getByLabel('Secret key').fill('pk_not-secret');
  await page.keyboard.press('Enter');
  await page.getByText('A secret key starts with sk_').waitFor();
  await page.getByLabel('Secret key').fill(`sk_${'x'.repeat(32)}`);
  await page.keyboard.press('Enter');
  await page.getByText('This key is not known.').waitFor();
  await page.reload();
  await page.getByLabel('Secret key').waitFor();
  expect(await page.locator('tbody').count()).toBe(0);
});

it('the right key opens the desk with every level, and a reload keeps it open', async () => {
  const { page } = merchant;
  await page.getByLabel('Secret key').fill(shop.keys.secretKey);
  await page.keyboard.press('Enter');
  await shows('mug-fog', 'onHand', '52');
  await page.reload();
  await shows('mug-fog', 'available', '52');
  expect(await page.locator('tbody tr').count()).toBe(50);
});

it('a hold and a sale of a buyer show at once', async () => {
  await cardOf(buyer.page, 'mug-fog').locator('[data-act=hold]').click();
  await shows('mug-fog', 'held', '1');
  await shows('mug-fog', 'available', '51');
  await buyer.page.locator('[data-act=buy]').click();
  await shows('mug-fog', 'committed', '1');
  await shows('mug-fog', 'held', '0');
  expect(await level('mug-fog', 'onHand')).toBe('52');
});

it('received units are on the shelf of every buyer', async () => {
  await open('globe-compromise');
  const form = merchant.page.locator('[data-form=receive]');
  await form.getByLabel('Units').fill('4');
  await form.getByLabel('At').selectOption('attic');
  await form.getByRole('button', { name: 'Receive' }).click();
  await merchant.page.getByText('Receive: done.').waitFor();
  await shows('globe-compromise', 'onHand', '5');
  await until(
    '5 on the page',
    () => availableOn(buyer.page, 'globe-compromise'),
    (seen) => seen === 5,
  );
});

it('a corrected count is on the shelf too', async () => {
  const form = merchant.page.locator('[data-form=adjust]');
  await form.getByLabel('By').fill('-2');
  await form.getByLabel('At').selectOption('attic');
  await form.getByLabel('Because').fill('two fell');
  await form.getByRole('button', { name: 'Correct' }).click();
  await shows('globe-compromise', 'onHand', '3');
  await until(
    '3 on the page',
    () => availableOn(buyer.page, 'globe-compromise'),
    (seen) => seen === 3,
  );
});

it('a paused product takes no holds until it is resumed', async () => {
  await merchant.page.getByRole('button', { name: 'Pause sales' }).click();
  await merchant.page.getByRole('button', { name: 'Resume sales' }).waitFor();
  await cardOf(buyer.page, 'globe-compromise').locator('[data-act=hold]').click();
  await cardOf(buyer.page, 'globe-compromise').getByText('Sales of Compromise Globe are paused for a moment.').waitFor();
  await merchant.page.getByRole('button', { name: 'Resume sales' }).click();
  await merchant.page.getByRole('button', { name: 'Pause sales' }).waitFor();
  await cardOf(buyer.page, 'globe-compromise').locator('[data-act=hold]').click();
  await buyer.page.locator('.hold[data-status=held]').waitFor();
  expect(await cardOf(buyer.page, 'globe-compromise').locator('.message').count()).toBe(0);
});

it('an SKU without a page in the shop can be put on the desk and received', async () => {
  const { page } = merchant;
  await page.getByPlaceholder('Another SKU…').fill('crate/of 12"');
  await page.getByRole('button', { name: 'Put on the desk' }).click();
  const form = page.locator('[data-form=receive]');
  await form.getByLabel('Units').fill('12');
  await form.getByRole('button', { name: 'Receive' }).click();
  await until(
    '12 on hand',
    () => page.locator('tbody tr').first().locator('[data-level=onHand]').textContent(),
    (seen) => seen === '12',
  );
});

it('signing out forgets the key, and nobody complained on the way', async () => {
  await merchant.page.getByRole('button', { name: 'Sign out' }).click();
  await merchant.page.reload();
  await merchant.page.getByLabel('Secret key').waitFor();
  expect(merchant.complaints).toEqual([]);
  expect(buyer.complaints).toEqual([]);
});
