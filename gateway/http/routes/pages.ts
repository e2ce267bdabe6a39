/**
 * The pages and the files they import. Finds the store from the host name: its first label is the
 * subdomain; a bare host, `localhost` or an address shows the demo store.
 */
import { minorDigitsByCurrency, toIso } from '../../../actors/kernel/index.ts';
import { type PageName, pagePaths, readStatic, renderPage, staticFiles } from '../../pages/static.ts';
import type { Store, Tenants } from '../../../services/tenants/port.ts';
import { type OpenAnswer, problemAnswer } from '../answers.ts';
import { openRoute, type Respond, type Route, type RouteDocs } from '../route.ts';
import type { RouteContext } from './context.ts';

const docs: RouteDocs = { summary: 'Page', tag: 'pages', success: { status: 200, schema: null, contentType: 'text/html' }, problems: [] };

export function pageRoutes(context: RouteContext): readonly Route[] {
  const pages = Object.entries(pagePaths).map(([path, page]) =>
    openRoute({ method: 'GET', path, hidden: true, docs, handle: (call, respond) => showPage(context, page, call.headers.host, respond) }),
  );
  const files = Object.keys(staticFiles).map((path) =>
    openRoute({ method: 'GET', path, hidden: true, docs, handle: (call, respond) => respond(fileAnswer(path, call.headers.ifNoneMatch)) }),
  );
  return [...pages, ...files];
}

async function showPage(context: RouteContext, page: PageName, host: string, respond: Respond): Promise<void> {
  const store = await storeOfHost(context.tenants, host);
  if (store === null) return respond(problemAnswer('store_unknown'));
  const { status, headers, body } = renderPage(page, {
    storeName: store.name,
    publishableKey: store.publishableKey,
    demo: store.demo,
    minorDigits: minorDigitsByCurrency,
    testCards: context.testCards,
    serverTime: toIso(context.clock.wallMs()),
  });
  respond({ status, headers: Object.entries(headers).flat(), body });
}

export async function storeOfHost(tenants: Tenants, host: string): Promise<Store | null> {
  const subdomain = subdomainOf(host);
  return subdomain === null ? tenants.demoStore() : tenants.bySubdomain(subdomain);
}

/** `demo.shop.example:8080` → `demo`; `demo.localhost` → `demo`; `localhost`, addresses and bare domains → null. */
export function subdomainOf(host: string): string | null {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name.startsWith('[') || /^[\d.]+$/.test(name)) return null;
  const labels = name.split('.');
  const bare = labels.at(-1) === 'localhost' ? 1 : 2;
  return labels.length > bare ? labels[0]! : null;
}

function fileAnswer(path: string, ifNoneMatch: string): OpenAnswer {
  const file = readStatic(path);
  if (file === null) return problemAnswer('route_unknown');
  const headers = ['cache-control', file.cacheControl, 'etag', file.etag, 'x-content-type-options', 'nosniff'];
  if (ifNoneMatch === file.etag) return { status: 304, headers, body: '' };
  return { status: 200, headers: ['content-type', file.contentType, ...headers], body: file.bytes };
}
