/**
 * Buyers with a browser of their own, for `x.e2e.test.ts`. One Chromium per test file; every buyer has a
 * separate context, so storage is not shared. What a page complains about is kept and asked for at the end.
 */
import { type Browser, type BrowserContext, chromium, type Locator, type Page, type WebSocketRoute } from 'playwright-core';
import { chromiumLaunchOptions } from './chromium.ts';

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, exceptions and failed requests so far. */
  readonly complaints: string[];
  /** The live socket between page and server, under the test's control. */
  readonly wire: Wire;
}

export interface BrowserLaunch extends AsyncDisposable {
  visitor(): Promise<Visitor>;
}

export async function launchBrowser(): Promise<BrowserLaunch> {
  const browser: Browser = await chromium.launch(chromiumLaunchOptions());
  return {
    async visitor() {
      const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1_280, height: 900 } });
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      const wire = new Wire();
      await page.routeWebSocket('**/v1/live', (route) => wire.take(route));
      return { page, context, complaints, wire };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}

/** Chromium writes every answer of 400 and above to the console; a refusal is an answer, not a fault. */
const refusedRequest = /Failed to load resource: the server responded with a status of 4\d\d/;

/** A page that is left while its socket opens, or a client that gives up an opening that takes too long: on a slow machine either happens. */
const unopenedSocket = /WebSocket is closed before the connection is established/;

function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!refusedRequest.test(text) && !unopenedSocket.test(text)) complaints.push(`${text} ${message.location().url}`.trim());
  });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  return complaints;
}

/** Cuts, holds back or lets through what travels on a page's live socket. */
export class Wire {
  #mode: 'open' | 'muted' | 'cut' = 'open';
  #page: WebSocketRoute | null = null;
  #server: WebSocketRoute | null = null;
  /** Live sockets the page has opened so far. */
  connections = 0;

  take(page: WebSocketRoute): void {
    this.connections += 1;
    if (this.#mode === 'cut') return void page.close({ code: 4_000, reason: 'cut by the test' });
    const server = page.connectToServer();
    this.#page = page;
    this.#server = server;
    server.onMessage((message) => {
      if (this.#mode === 'open') page.send(message);
    });
  }

  /** Ends the connection and refuses new ones until `restore`. */
  async cut(): Promise<void> {
    this.#mode = 'cut';
    await this.#server?.close();
    await this.#page?.close({ code: 4_000, reason: 'cut by the test' });
  }

  /** The connection stays, but nothing comes through any more. */
  mute(): void {
    this.#mode = 'muted';
  }

  restore(): void {
    this.#mode = 'open';
  }
}

// --- the storefront, as a person sees it -------------------------------------------------------------

export function cardOf(page: Page, sku: string): Locator {
  return page.locator(`[data-sku="${sku}"]`);
}

export async function availableOn(page: Page, sku: string): Promise<number> {
  return Number(await cardOf(page, sku).locator('.badge').getAttribute('data-available'));
}

export async function openStorefront({ page }: Visitor, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.connection[data-state="live"]').waitFor();
}
