/**
 * From the shelf to the parcel and back, in a real browser against the shop as it is started: real Postgres, simulated
 * payments. Each test has its own products and a buyer of its own; those that need no merchant go side by side.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserLaunch, cardOf, launchBrowser, openStorefront, type Visitor } from '../../testing/browser.ts';
import { until } from '../../testing/until.ts';
import { openWholeShop, type WholeShop } from '../../testing/whole-shop.ts';

let shop: WholeShop;
let browser: BrowserLaunch;
let desk: Visitor;

beforeAll(async () => {
  [shop, browser] = await Promise.all([openWholeShop(), launchBrowser()]);
  desk = await browser.visitor();
  await desk.page.goto(`${shop.url}/admin#orders`);
  await desk.page.getByLabel('Secret key').fill(shop.secretKey);
  await desk.page.keyboard.press('Enter');
  await desk.page.getByPlaceholder('Find by number').waitFor();
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
});

const good = 'pm_card_visa';
const declined = 'pm_card_visa_chargeDeclined';
const asking = 'pm_card_threeDSecure2Required';

/** With these held, in front of a filled-in form whose total is known. */
async function atCheckout(...skus: string[]): Promise<Visitor> {
  const visitor = await browser.visitor();
  const { page } = visitor;
  await openStorefront(visitor, shop.url);
  for (const [index, sku] of skus.entries()) {
    await cardOf(page, sku).locator('[data-act=hold]').click();
    await page.locator('.hold[data-status=held]').nth(index).waitFor();
  }
  await page.locator('[data-act=checkout]').click();
  await fillIn(page);
  return visitor;
}

async function fillIn(page: Page): Promise<void> {
  await page.locator('[data-form=checkout]').waitFor();
  const fields = { email: 'anna@shop.example', name: 'Anna Arkwright', line1: '1 Quay Street', postalCode: 'N1 1AA', city: 'London' };
  for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).fill(value);
  await page.locator('[name=country]').selectOption('GB');
  await page.locator('.shipping .choice').first().waitFor();
}

async function buyWith({ page }: Visitor, card: string): Promise<void> {
  await page.locator(`[name=card][value=${card}]`).check();
  await page.locator('[data-act=place]').click();
}

async function bought(...skus: string[]): Promise<Visitor> {
  const visitor = await atCheckout(...skus);
  await buyWith(visitor, good);
  await shows(visitor.page, 'confirmed');
  await pays(visitor.page, 'captured');
  return visitor;
}

async function shows(page: Page, status: string): Promise<void> {
  await page.locator(`.heading [data-status=${status}]`).waitFor({ timeout: 20_000 });
}

async function pays(page: Page, payment: string): Promise<void> {
  await page.locator(`[data-payment=${payment}]`).waitFor({ timeout: 20_000 });
}

function orderIdOf(page: Page): string {
  return decodeURIComponent(new URL(page.url()).pathname.split('/')[2] ?? '');
}

/** What the API says of a buyer's orders, as the merchant. */
async function ask(path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(shop.url + path, { headers: { authorization: `Bearer ${shop.secretKey}` } });
  return (await answer.json()) as Record<string, unknown>;
}

/** Opens an order at the merchant's desk. */
async function openAtDesk(orderId: string) {
  const { page } = desk;
  await page.getByPlaceholder('Find by number').fill(orderId);
  const row = page.locator(`tr[data-order="${orderId}"]`);
  await row.getByRole('button', { name: 'Open' }).click({ timeout: 20_000 });
  await page.locator('.story li').first().waitFor();
  return page.locator('.detail');
}

async function leave(...all: Visitor[]): Promise<void> {
  for (const { context, complaints } of all) {
    expect(complaints).toEqual([]);
    await context.close();
  }
}

describe.concurrent('the checkout', () => {
  it('shows what it costs while it is filled in, and sells what was held for just that', async () => {
    const anna = await atCheckout('mug-fog');
    const { page } = anna;
    const total = page.locator('[data-total]');
    await until(
      'mug and shipping',
      () => total.textContent(),
      (seen) => seen === '£17.95',
    );
    await page.locator('[value=islands-next-day]').check();
    await page.locator('[data-total="2195"]').waitFor();
    await page.locator('[name=code]').fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('NONSENSE cannot be used: the shop has no such code.').waitFor();
    await page.locator('[name=code]').fill('welcome10');
    await page.locator('[data-act=code]').click();
    await page.locator('[data-total="2055"]').waitFor();
    await page.locator('[name=country]').selectOption('US');
    await page.getByText('The state of the address is needed').waitFor();
    expect(await page.locator('[data-act=place]').isDisabled()).toBe(true);
    await page.locator('[name=country]').selectOption('GB');
    await page.locator('[data-total]').waitFor();
    const shown = Number(await page.locator('[data-total]').getAttribute('data-total'));
    await buyWith(anna, good);
    await shows(page, 'confirmed');
    expect(await page.locator('[data-total]').getAttribute('data-total')).toBe(String(shown));
    expect((await ask(`/v1/orders/${orderIdOf(page)}`)).total).toEqual({ amountMinor: shown, currency: 'GBP' });
    await page.goto(shop.url);
    await page.getByText('Nothing held yet').waitFor();
    await page.getByRole('link', { name: /Your orders/ }).click();
    await page.locator('[data-order] .state', { hasText: 'Confirmed' }).waitFor();
    await leave(anna);
  });

  it('sells one order for a double click and a lost answer', async () => {
    const anna = await atCheckout('book-indexes');
    const keys: string[] = [];
    await anna.page.route('**/v1/checkouts', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      const response = await route.fetch();
      await (keys.length === 1 ? route.abort('connectionreset') : route.fulfill({ response }));
    });
    await anna.page.locator('[data-act=place]').dblclick();
    await shows(anna.page, 'confirmed');
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    anna.complaints.splice(0); // Chromium reports the connection that the test cut
    await leave(anna);
  });

  it('finds its order again after a reload that came before the answer', async () => {
    const anna = await atCheckout('plant-nap');
    const { page } = anna;
    let asked = 0;
    await page.route('**/v1/checkouts', async (route) => {
      asked += 1;
      if (asked > 1) return route.continue();
      await route.fetch();
      await page.reload(); // the answer has no page to come to
    });
    await page.locator('[data-act=place]').click();
    await shows(page, 'confirmed');
    await page.goto(`${shop.url}/orders`);
    await page.locator('[data-order] .state', { hasText: 'Confirmed' }).waitFor();
    expect(await page.locator('[data-order]').count()).toBe(1);
    anna.complaints.splice(0);
    await leave(anna);
  });

  it('asks what became of an order that nobody answered, under its own key', async () => {
    const anna = await atCheckout('scarf-giraffe');
    const { page } = anna;
    const keys: string[] = [];
    let away = true;
    await page.route('**/v1/checkouts', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      if (!away) return route.continue();
      if (keys.length === 1) await route.fetch(); // taken, and the answer is lost
      await route.abort('connectionreset');
    });
    await page.clock.install();
    await page.locator('[data-act=place]').click();
    const findOut = page.getByRole('button', { name: 'Find out what became of it' });
    await until(
      'patience at its end',
      async () => {
        await page.clock.runFor(2_000);
        return findOut.isVisible();
      },
      (seen) => seen,
      30_000,
    );
    await page.getByText('nothing is taken twice').waitFor();
    away = false;
    await findOut.click();
    await shows(page, 'confirmed');
    expect(new Set(keys).size).toBe(1);
    anna.complaints.splice(0);
    await leave(anna);
  });

  it('asks again when the price has changed meanwhile, and takes the new one', async () => {
    const anna = await atCheckout('lamp-moon');
    const { page } = anna;
    let asked = 0;
    await page.route('**/v1/checkouts', async (route) => {
      asked += 1;
      const body = route.request().postDataJSON() as { expectedTotal: { amountMinor: number } };
      if (asked === 1) body.expectedTotal.amountMinor -= 1;
      await route.continue({ postData: JSON.stringify(body) });
    });
    await page.locator('[data-act=place]').click();
    await page.getByText('The price has changed meanwhile.').waitFor();
    await page.locator('[data-act=place]').click();
    await shows(page, 'confirmed');
    await leave(anna);
  });
});

describe.concurrent('a set', () => {
  it('with the last one in it is sold whole, beside a hold of one of its products', async () => {
    const anna = await browser.visitor();
    const { page } = anna;
    await openStorefront(anna, shop.url);
    for (const sku of ['globe-compromise', 'jar-honey']) await cardOf(page, sku).locator('[data-act=bundle]').click();
    await page.locator('[data-act=hold-bundle]').click();
    await page.locator('.hold[data-status=held]').waitFor();
    await cardOf(page, 'jar-honey').locator('[data-act=hold]').click();
    await page.locator('.hold[data-status=held]').nth(1).waitFor();
    await page.locator('[data-act=checkout]').click();
    await fillIn(page);
    await buyWith(anna, good);
    await shows(page, 'confirmed');
    const order = (await ask(`/v1/orders/${orderIdOf(page)}`)) as { lines: { sku: string; quantity: number }[] };
    const units = order.lines.map(({ sku, quantity }) => `${quantity} ${sku}`).sort();
    expect(units).toEqual(['1 globe-compromise', '2 jar-honey']);
    await page.goto(shop.url);
    await page.getByText('Nothing held yet').waitFor();
    await leave(anna);
  });
});

describe.concurrent('a card', () => {
  it('that is declined leaves an order that another card pays', async () => {
    const anna = await atCheckout('hat-captain');
    await buyWith(anna, declined);
    await shows(anna.page, 'failed');
    await anna.page.getByText('The card was declined and no money was taken.').waitFor();
    await anna.page.locator(`[name=card][value=${good}]`).check();
    await anna.page.locator('[data-act=pay]').click();
    await shows(anna.page, 'confirmed');
    await pays(anna.page, 'captured');
    await leave(anna);
  });

  it("that asks for 3-D Secure goes by the bank's page and comes back", async () => {
    const anna = await atCheckout('kite-dragon', 'clock-tide');
    await buyWith(anna, asking);
    await anna.page.getByRole('button', { name: 'Authorise' }).click();
    await shows(anna.page, 'confirmed');
    expect(new URL(anna.page.url()).origin).toBe(shop.url);
    expect(await anna.page.locator('.line').count()).toBe(2);
    await leave(anna);
  });
});

describe.concurrent('an answer to the bank', () => {
  it('of no leaves an order that another card pays', async () => {
    const anna = await atCheckout('candle-toast');
    await buyWith(anna, asking);
    await anna.page.getByRole('button', { name: 'Fail' }).click();
    await shows(anna.page, 'failed');
    await anna.page.locator(`[name=card][value=${good}]`).check();
    await anna.page.locator('[data-act=pay]').click();
    await shows(anna.page, 'confirmed');
    await leave(anna);
  });

  it('that never comes can be given later, from the list of orders', async () => {
    const anna = await atCheckout('cactus-huggable');
    const { page } = anna;
    await buyWith(anna, asking);
    await page.getByRole('button', { name: 'Authorise' }).waitFor();
    await page.goto(`${shop.url}/orders`); // comes back without an answer
    await shows(page, 'requires_action');
    await page.getByRole('link', { name: 'Your orders' }).click();
    await page.locator('[data-order]').click();
    await page.locator('[data-act=bank]').click();
    await page.getByRole('button', { name: 'Authorise' }).click();
    await shows(page, 'confirmed');
    await leave(anna);
  });
});

describe('an order', () => {
  it('is canceled by its buyer, after being asked once more, in every tab', async () => {
    const anna = await bought('radio-static');
    const second = await anna.context.newPage();
    await second.goto(anna.page.url());
    await shows(second, 'confirmed');
    await anna.page.locator('[data-act=cancel]').click();
    await anna.page.locator('[data-act=really-cancel]').click();
    await Promise.all([shows(anna.page, 'canceled'), shows(second, 'canceled')]);
    await pays(anna.page, 'refunded');
    await leave(anna);
  });

  it('is nobody else’s', async () => {
    const anna = await bought('jar-buttons');
    const bert = await browser.visitor();
    await bert.page.goto(anna.page.url());
    await bert.page.getByText('This order is not known, or it is not yours.').waitFor();
    await leave(anna, bert);
  });

  it('is shipped in parts, each with its own way', async () => {
    const anna = await bought('mug-monday', 'boot-left');
    const detail = await openAtDesk(orderIdOf(anna.page));
    await detail.locator('[name="units boot-left"]').fill('0');
    await detail.getByRole('button', { name: 'Ship', exact: true }).click();
    await shows(anna.page, 'partially_shipped');
    expect(await anna.page.locator('[data-act=cancel]').count()).toBe(0);
    await detail.locator('[name="units boot-left"]').waitFor();
    await detail.locator('[name="units mug-monday"]').waitFor({ state: 'detached' });
    await detail.getByRole('button', { name: 'Ship', exact: true }).click();
    await shows(anna.page, 'shipped');
    expect(await anna.page.locator('[data-shipment]').count()).toBe(2);
    await leave(anna);
  });

  it('is shipped, delivered, sent back and refunded, and both pages follow', async () => {
    const anna = await bought('teapot-whisper');
    const orderId = orderIdOf(anna.page);
    const detail = await openAtDesk(orderId);
    await detail.locator('[name=number]').fill('RM 1234');
    await detail.getByRole('button', { name: 'Ship', exact: true }).click();
    await shows(anna.page, 'shipped');
    await anna.page.getByText('RM 1234').waitFor();
    await detail.getByRole('button', { name: 'It has arrived' }).click();
    await shows(anna.page, 'delivered');
    await anna.page.locator('[data-act=return]').click();
    await anna.page.locator('[data-form=return]').getByRole('button', { name: 'Ask to return' }).click();
    await anna.page.locator('[data-return=requested]').waitFor();
    await detail.locator('[data-form=receive-return]').getByRole('button', { name: 'Received' }).click({ timeout: 20_000 });
    await shows(anna.page, 'returned');
    await anna.page.locator('[data-refunded]').waitFor({ timeout: 20_000 });
    await detail.locator('[data-event="refund.done"]').waitFor({ timeout: 20_000 });
    await detail.locator('[data-refunded]').waitFor({ timeout: 20_000 }); // what is left is known
    await detail.locator('[name=reason]').fill('goodwill');
    await detail.locator('[data-form=refund]').getByRole('button', { name: 'Refund' }).click();
    await pays(anna.page, 'refunded');
    await leave(anna);
  });
});

describe('the desk', () => {
  it('tells a webhook of an order, shows what became of it, and tells again', async () => {
    const told: string[] = [];
    const hook = createServer((request, response) => {
      told.push(String(request.headers['webhook-id']));
      request.resume().on('end', () => response.writeHead(told.length === 1 ? 204 : 202).end());
    });
    await new Promise<void>((resolve) => void hook.listen(0, '127.0.0.1', resolve));
    const { page } = desk;
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('Nobody is told yet.').waitFor();
    await page.locator('[name=url]').fill(`http://127.0.0.1:${(hook.address() as AddressInfo).port}/told`);
    await page.locator('[name=types]').fill('order.confirmed');
    await page.getByRole('button', { name: 'Tell it' }).click();
    expect(await page.locator('[data-secret]').textContent()).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'Deliveries' }).click();
    const anna = await bought('book-naps');
    await page.locator('[data-delivery] .state.good').waitFor({ timeout: 20_000 });
    await page.getByRole('button', { name: 'Tell again' }).click();
    await page.getByText('Told again: delivered, 202.').waitFor();
    expect(told).toEqual([told[0], told[0]]);
    await page.getByRole('button', { name: 'Remove this webhook' }).click();
    await page.getByText('Nobody is told yet.').waitFor();
    hook.closeAllConnections();
    await new Promise((resolve) => hook.close(resolve));
    await leave(anna);
  });

  it('has the mails that were written, and nobody complained on the way', async () => {
    const { page } = desk;
    await page.getByRole('link', { name: 'Mails' }).click();
    const mail = page.locator('tr[data-mail]', { hasText: 'is confirmed' }).first();
    await mail.getByRole('button', { name: 'Read' }).click({ timeout: 20_000 });
    await page.locator('.mail', { hasText: 'thank you for your order' }).waitFor();
    await page.getByRole('link', { name: 'Stock' }).click();
    await page.locator('tr[data-sku=mug-fog]').waitFor();
    expect(desk.complaints).toEqual([]);
  });
});
