/**
 * The storefront in a real browser against a real shop in this process (log and rows in memory, so nothing
 * here proves durability). Each test has its own products, and buyers of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableOn, type BrowserLaunch, cardOf, launchBrowser, openStorefront, type Visitor } from '../../testing/browser.ts';
import { type LiveShop, openLiveShop } from '../../testing/live-shop.ts';
import { eventually, until } from '../../testing/until.ts';

let shop: LiveShop;
let browser: BrowserLaunch;

beforeAll(async () => {
  shop = await openLiveShop();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
});

async function visitors(count: number): Promise<Visitor[]> {
  const all = await Promise.all(Array.from({ length: count }, () => browser.visitor()));
  await Promise.all(all.map((visitor) => openStorefront(visitor, shop.url)));
  return all;
}

async function leave(...all: Visitor[]): Promise<void> {
  for (const { context, complaints } of all) {
    expect(complaints).toEqual([]);
    await context.close();
  }
}

async function sees(visitor: Visitor, sku: string, available: number, withinMs = 5_000): Promise<void> {
  await until(
    `${available} of ${sku} on the page`,
    () => availableOn(visitor.page, sku),
    (seen) => seen === available,
    withinMs,
  );
}

async function hold({ page }: Visitor, sku: string, more = 0): Promise<void> {
  for (let step = 0; step < more; step += 1) await cardOf(page, sku).getByRole('button', { name: /^More/ }).click();
  await cardOf(page, sku).locator('[data-act=hold]').click();
}

/** Runs in the page: keeps what a countdown said, each time that one was drawn. */
const collectCountdowns = `{
  window.countdowns = [];
  const look = () => {
    for (const shown of document.querySelectorAll('.countdown')) window.countdowns.push(shown.textContent);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}`;

/** Runs in the page: the wall time at which the badge of `sku` says so many units. */
function whenBadgeShows(sku: string, available: number): string {
  return `new Promise((resolve) => {
    const grid = document.querySelector('.grid');
    const look = () => {
      const badge = document.querySelector('[data-sku="${sku}"] .badge');
      if (badge?.getAttribute('data-available') !== '${available}') return;
      observer.disconnect();
      resolve(performance.timeOrigin + performance.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(grid, { subtree: true, childList: true, attributes: true });
    look();
  })`;
}

function heldOf({ page }: Visitor) {
  return page.locator('.hold[data-status=held]');
}

describe('the shelves', () => {
  it('show every product with picture, price and live stock', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    expect(await anna.page.locator('.product').count()).toBe(50);
    expect(await cardOf(anna.page, 'mug-fog').locator('.badge').textContent()).toBe('52 left');
    expect(await cardOf(anna.page, 'globe-compromise').locator('.badge').textContent()).toBe('Last one');
    expect(await cardOf(anna.page, 'mug-fog').locator('.price').textContent()).toBe('£14.00');
    const drawn = await cardOf(anna.page, 'mug-fog')
      .locator('img')
      .evaluate((image: { complete: boolean; naturalWidth: number }) => image.complete && image.naturalWidth > 0);
    expect(drawn).toBe(true);
    await leave(anna);
  });
});

describe('two tabs', () => {
  it('agree within 250 ms after a hold, in the median of five', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    const tookMs: number[] = [];
    for (let left = 41; left >= 37; left -= 1) {
      const seen = bert.page.evaluate<number>(whenBadgeShows('book-indexes', left));
      await anna.page.evaluate(
        "addEventListener('click', () => { globalThis.clickedAt = performance.timeOrigin + performance.now(); }, { capture: true, once: true })",
      );
      await hold(anna, 'book-indexes');
      const seenAt = await seen;
      tookMs.push(seenAt - (await anna.page.evaluate<number>('globalThis.clickedAt')));
      await heldOf(anna)
        .nth(41 - left)
        .waitFor();
    }
    const median = tookMs.sort((left, right) => left - right)[2] ?? Number.POSITIVE_INFINITY;
    process.stdout.write(`two tabs agreed after ${tookMs.map(Math.round).join(', ')} ms\n`);
    expect(median, `took ${tookMs.map(Math.round).join(', ')} ms`).toBeLessThanOrEqual(250);
    await leave(anna, bert);
  });

  it('of one buyer share the basket', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    const second = await anna.context.newPage();
    await second.goto(shop.url);
    await hold(anna, 'hat-captain');
    await second.locator('.hold[data-status=held]').waitFor();
    await second.locator('[data-act=release]').click();
    await until(
      'no hold in the first tab',
      () => heldOf(anna).count(),
      (count) => count === 0,
    );
    await leave(anna);
  });
});

describe('a hold', () => {
  it('counts down, expires by itself and gives the units back in both tabs', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    await anna.page.locator('.hold-for select').selectOption('5');
    await anna.page.evaluate(collectCountdowns);
    await hold(anna, 'kite-dragon', 1);
    await heldOf(anna).waitFor();
    await sees(bert, 'kite-dragon', 7);
    await anna.page.getByText('Time is up: back on the shelf.').waitFor({ timeout: 30_000 });
    const shown = await anna.page.evaluate<string[]>('window.countdowns');
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((text) => !/0:0[0-5]$/.test(text))).toEqual([]); // never more than it was held for
    await Promise.all([sees(anna, 'kite-dragon', 9), sees(bert, 'kite-dragon', 9)]);
    await anna.page.locator('[data-act=again]').click();
    await heldOf(anna).waitFor();
    await sees(bert, 'kite-dragon', 7);
    await leave(anna, bert);
  });

  it('can be released', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    await hold(anna, 'lamp-moon');
    await sees(bert, 'lamp-moon', 11);
    await anna.page.locator('[data-act=release]').click();
    await sees(bert, 'lamp-moon', 12);
    await anna.page.getByText('Nothing held yet').waitFor();
    expect(await heldOf(anna).count()).toBe(0);
    await leave(anna, bert);
  });

  it('can be bought, and the last one leaves the others with sold out', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    await hold(anna, 'boat-bath');
    await cardOf(bert.page, 'boat-bath').getByText('Sold out').first().waitFor();
    expect(await cardOf(bert.page, 'boat-bath').locator('[data-act=hold]').isDisabled()).toBe(true);
    await anna.page.locator('[data-act=buy]').click();
    await anna.page.locator('.bought', { hasText: 'Bathtub Schooner' }).waitFor();
    expect(await anna.page.locator('.bought .sum').textContent()).toContain('£52.00');
    expect(await availableOn(bert.page, 'boat-bath')).toBe(0);
    await leave(anna, bert);
  });

  it('is extended to its full time', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    await anna.page.locator('.hold-for select').selectOption('15');
    await hold(anna, 'clock-tide');
    await heldOf(anna).waitFor();
    await anna.page.locator('[data-act=extend]').click();
    await until(
      'about ten minutes',
      () => anna.page.locator('.countdown').textContent(),
      (text) => /(10:00|9:5\d)/.test(text ?? ''),
    );
    await leave(anna);
  });

  it('survives a reload', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    await hold(anna, 'radio-static');
    await heldOf(anna).waitFor();
    await anna.page.reload();
    await heldOf(anna).waitFor();
    expect(await heldOf(anna).textContent()).toContain('Static, the Radio');
    await anna.page.locator('[data-act=buy]').click();
    await anna.page.locator('.bought').waitFor();
    await anna.page.reload();
    await anna.page.locator('.bought', { hasText: 'Static, the Radio' }).waitFor();
    await leave(anna);
  });

  it('is taken once, although the first answer was lost on the way', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    const keys: string[] = [];
    await anna.page.route('**/v1/holds', async (route) => {
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      const response = await route.fetch();
      await (keys.length === 1 ? route.abort('connectionreset') : route.fulfill({ response }));
    });
    await hold(anna, 'plant-nap');
    await heldOf(anna).waitFor();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    await sees(anna, 'plant-nap', 23);
    expect(await heldOf(anna).count()).toBe(1);
    anna.complaints.splice(0); // Chromium reports the connection that the test cut
    await leave(anna);
  });
});

describe('a refusal', () => {
  it('says how many are left to a page that was behind', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    bert.wire.mute();
    await hold(anna, 'cactus-huggable');
    await heldOf(anna).waitFor();
    await hold(bert, 'cactus-huggable', 2);
    await cardOf(bert.page, 'cactus-huggable').getByText('Only 2 of Huggable Cactus left.').waitFor();
    expect(await heldOf(bert).count()).toBe(0);
    await leave(anna, bert);
  });

  it('says that all are held by others, who may give some back', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    bert.wire.mute();
    await hold(anna, 'boot-left', 1);
    await heldOf(anna).waitFor();
    await hold(bert, 'boot-left');
    await cardOf(bert.page, 'boot-left').getByText('all held by others just now').waitFor();
    expect(await heldOf(bert).count()).toBe(0);
    await leave(anna, bert);
  });
});

describe('several products together', () => {
  it('are held all or none', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    for (const sku of ['umbrella-one', 'candle-toast', 'jar-honey']) await cardOf(anna.page, sku).locator('[data-act=bundle]').click();
    await anna.page.locator('[data-act=hold-bundle]').click();
    await heldOf(anna).waitFor();
    expect(await heldOf(anna).locator('.line').count()).toBe(3);
    await Promise.all([sees(bert, 'umbrella-one', 1), sees(bert, 'candle-toast', 2), sees(bert, 'jar-honey', 119)]);

    bert.wire.mute();
    await hold(anna, 'umbrella-one');
    await heldOf(anna).nth(1).waitFor();
    for (const sku of ['umbrella-one', 'jar-honey']) await cardOf(bert.page, sku).locator('[data-act=bundle]').click();
    await bert.page.locator('[data-act=hold-bundle]').click();
    await bert.page.locator('.bundle .message', { hasText: 'Umbrella for One Shoulder' }).waitFor();
    await sees(anna, 'jar-honey', 119);
    expect(await heldOf(bert).count()).toBe(0);
    await leave(anna, bert);
  });
});

describe('a broken connection', () => {
  it('is shown, and after it the page catches up and proves it missed nothing', async () => {
    const [anna, bert] = (await visitors(2)) as [Visitor, Visitor];
    await bert.wire.cut();
    await bert.page.locator('.connection:not([data-state="live"])').waitFor();
    await hold(anna, 'mug-monday', 4);
    await sees(anna, 'mug-monday', 65);
    expect(await availableOn(bert.page, 'mug-monday')).toBe(70);
    bert.wire.restore();
    await sees(bert, 'mug-monday', 65, 15_000);
    await bert.page.locator('.connection[data-state="live"][data-resumed="true"]').waitFor();
    expect(await bert.page.locator('.connection').getAttribute('title')).toMatch(/^Nothing missed: after .* of 50 products had changed\.$/);
    await leave(anna, bert);
  });

  it('that lasts is shown as offline, with a way to try at once', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    await anna.wire.cut();
    await anna.page.locator('.connection[data-state="offline"]').waitFor({ timeout: 15_000 });
    const tried = anna.wire.connections;
    await anna.page.getByRole('button', { name: 'Try now' }).click(); // before the wire is back, or the page may be too
    await eventually('another try', () => anna.wire.connections > tried);
    anna.wire.restore();
    await anna.page.locator('.connection[data-state="live"]').waitFor();
    expect(await anna.page.getByRole('button', { name: 'Try now' }).count()).toBe(0);
    await leave(anna);
  });
});

describe('without a mouse', () => {
  it('a product can be held and released', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    await cardOf(anna.page, 'teapot-whisper').getByRole('button', { name: 'Hold 1 of Whispering Teapot' }).focus();
    await anna.page.keyboard.press('Enter');
    await heldOf(anna).waitFor();
    await anna.page.getByText('Whispering Teapot is held for you.').waitFor({ state: 'attached' });
    await anna.page.getByRole('button', { name: 'Release' }).focus();
    await anna.page.keyboard.press('Space');
    await sees(anna, 'teapot-whisper', 17);
    expect(await heldOf(anna).count()).toBe(0);
    await leave(anna);
  });

  it('and on a narrow screen the basket opens from below', async () => {
    const [anna] = (await visitors(1)) as [Visitor];
    await anna.page.setViewportSize({ width: 390, height: 844 });
    expect(await anna.page.locator('.basket').isVisible()).toBe(false);
    await anna.page.getByRole('button', { name: /^Basket/ }).click();
    expect(await anna.page.locator('.basket').isVisible()).toBe(true);
    const overflow = await anna.page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
    await leave(anna);
  });
});
