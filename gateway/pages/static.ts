/**
 * What the gateway serves to browsers besides the API: two pages and the plain ES modules they import.
 * Owns the table of URL paths and the HTML shell with its security headers. Does not know uWebSockets,
 * stores or keys: the gateway finds the store, fills `BootData` and sends what `renderPage` returns.
 *
 * P1. Only paths in the table exist: a request never becomes a file name, so there is nothing to traverse.
 * P2. No inline script runs: the import map is allowed by its hash, boot data is a JSON block, and every
 *     other script is a module file from this origin.
 * P3. Boot data cannot end its script element: `<` is written as an escape.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface StaticFile {
  readonly file: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

export interface StaticBody {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
  /** Strong, quoted: answer 304 to an equal `If-None-Match`. */
  readonly etag: string;
}

export type PageName = 'storefront' | 'checkout' | 'orders' | 'merchant';

/** Everything a page must know before its first request. Nothing secret: it is in the HTML. */
export interface BootData {
  readonly storeName: string;
  readonly publishableKey: string;
  /** The demo store lets buyers commit their own holds, so the page shows a Buy button. */
  readonly demo: boolean;
  /** Of every currency: a page does not ask the browser, which counts some of them otherwise. */
  readonly minorDigits: Readonly<Record<string, number>>;
  /** Payments are simulated: pages offer test cards and say what each does. */
  readonly testCards: boolean;
  /** ISO 8601 UTC: the first estimate of the server's clock. */
  readonly serverTime: string;
}

export interface RenderedPage {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Which page a URL path shows. */
export const pagePaths: Readonly<Record<string, PageName>> = {
  '/': 'storefront',
  '/checkout': 'checkout',
  '/orders': 'orders',
  '/orders/{orderId}': 'orders',
  '/admin': 'merchant',
};

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

const contentTypes = {
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

/** Our own files may change with any deployment: the browser asks each time and gets 304. */
const revalidate = 'no-cache';
/** Packages change only with their version. */
const aDay = 'public, max-age=86400';

const pageFiles = [
  'base.css',
  'storefront.css',
  'checkout.css',
  'merchant.css',
  'favicon.svg',
  'common/bank.js',
  'common/boot.js',
  'common/cards.js',
  'common/connection.js',
  'common/countries.js',
  'common/format.js',
  'common/goods.js',
  'common/html.js',
  'common/money.js',
  'common/order-words.js',
  'common/refusals.js',
  'common/sums.js',
  'checkout/main.js',
  'checkout/draft.js',
  'checkout/lines.js',
  'checkout/fields.js',
  'checkout/state.js',
  'orders/main.js',
  'orders/acts.js',
  'orders/order.js',
  'orders/state.js',
  'storefront/main.js',
  'storefront/shop.js',
  'storefront/holding.js',
  'storefront/products.js',
  'storefront/basket.js',
  'merchant/main.js',
  'merchant/desk.js',
  'merchant/levels.js',
  'merchant/event-words.js',
  'merchant/mails.js',
  'merchant/order.js',
  'merchant/order-desk.js',
  'merchant/orders.js',
  'merchant/outside-desk.js',
  'merchant/tabs.js',
  'merchant/webhooks.js',
  'merchant/read-queue.js',
  'merchant/session.js',
] as const;

const clientFiles = [
  'onhand-client.js',
  'live.js',
  'watched-items.js',
  'reconnect-delay.js',
  'api.js',
  'attempts.js',
  'hold-book.js',
  'order-book.js',
  'server-clock.js',
  'environment.js',
] as const;

const vendorFiles = {
  'preact.mjs': 'preact/dist/preact.mjs',
  'preact-hooks.mjs': 'preact/hooks/dist/hooks.mjs',
  'signals.mjs': '@preact/signals/dist/signals.mjs',
  'signals-core.mjs': '@preact/signals-core/dist/signals-core.mjs',
  'htm.mjs': 'htm/dist/htm.mjs',
} as const;

const importMap = JSON.stringify({
  imports: {
    preact: '/vendor/preact.mjs',
    'preact/hooks': '/vendor/preact-hooks.mjs',
    '@preact/signals': '/vendor/signals.mjs',
    '@preact/signals-core': '/vendor/signals-core.mjs',
    htm: '/vendor/htm.mjs',
    'onhand-client': '/assets/client/onhand-client.js',
  },
});

const importMapHash = createHash('sha256').update(importMap).digest('base64');

const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${importMapHash}'`, // P2
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function contentTypeOf(name: string): string {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const contentType = contentTypes[extension as keyof typeof contentTypes];
  if (contentType === undefined) throw new Error(`no content type for ${name}`);
  return contentType;
}

/** The folder a package is installed in, wherever the package manager has put it. */
function packageFile(specifier: string): string {
  const parts = specifier.split('/');
  const nameParts = specifier.startsWith('@') ? 2 : 1;
  const name = parts.slice(0, nameParts).join('/');
  for (const folder of require.resolve.paths(name) ?? []) {
    const candidate = join(folder, ...parts);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`package ${name} is not installed: run npm ci`);
}

function table(): Readonly<Record<string, StaticFile>> {
  const files: Record<string, StaticFile> = {};
  const add = (path: string, file: string, cacheControl: string): void => {
    files[path] = { file, contentType: contentTypeOf(file), cacheControl };
  };
  for (const name of pageFiles) add(`/assets/${name}`, join(here, name), revalidate);
  for (const name of clientFiles) add(`/assets/client/${name}`, join(here, '../client', name), revalidate);
  for (const [name, specifier] of Object.entries(vendorFiles)) add(`/vendor/${name}`, packageFile(specifier), aDay);
  return files;
}

/** URL path → file. Exact matches only (P1). */
export const staticFiles = table();

const readBefore = new Map<string, { readonly changedMs: number; readonly body: StaticBody }>();

/** One file of the table, or null when there is no such path. Read again only when it has changed, so that
 *  a page can be worked on without a restart. */
export function readStatic(path: string): StaticBody | null {
  const entry = Object.hasOwn(staticFiles, path) ? staticFiles[path] : undefined;
  if (entry === undefined) return null;
  const changedMs = statSync(entry.file).mtimeMs;
  const known = readBefore.get(path);
  if (known?.changedMs === changedMs) return known.body;
  const body = readBody(entry);
  readBefore.set(path, { changedMs, body });
  return body;
}

function readBody(entry: StaticFile): StaticBody {
  const bytes = withoutSourceMapLink(readFileSync(entry.file), entry.contentType);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, contentType: entry.contentType, cacheControl: entry.cacheControl, etag };
}

/** Packages link to source maps that are not served; without the link developer tools stay quiet. */
function withoutSourceMapLink(bytes: Buffer, contentType: string): Buffer {
  if (!contentType.startsWith('text/javascript')) return bytes;
  return Buffer.from(bytes.toString('utf8').replace(/\/\/# sourceMappingURL=\S+\s*$/, ''), 'utf8');
}

const pageShape = {
  storefront: { title: (boot: BootData) => boot.storeName, style: 'storefront.css', script: 'storefront/main.js' },
  checkout: { title: (boot: BootData) => `Checkout · ${boot.storeName}`, style: 'checkout.css', script: 'checkout/main.js' },
  orders: { title: (boot: BootData) => `Orders · ${boot.storeName}`, style: 'checkout.css', script: 'orders/main.js' },
  merchant: { title: (boot: BootData) => `Desk · ${boot.storeName}`, style: 'merchant.css', script: 'merchant/main.js' },
} as const;

/** The HTML shell of a page. Everything inside `#root` is drawn by the page's module. */
export function renderPage(page: PageName, boot: BootData): RenderedPage {
  const shape = pageShape[page];
  const bootJson = JSON.stringify(boot).replaceAll('<', '\\u003c'); // P3
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(shape.title(boot))}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/${shape.style}">
<script type="importmap">${importMap}</script>
<script type="application/json" id="boot">${bootJson}</script>
<script type="module" src="/assets/${shape.script}"></script>
</head>
<body>
<div id="root"></div>
<noscript><p class="no-script">This page shows stock as it changes, which needs JavaScript.</p></noscript>
</body>
</html>
`;
  return { status: 200, headers: pageHeaders, body };
}

const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
