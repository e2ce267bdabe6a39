import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { FixedRouter, GatewayWorld } from '../../testing/gateway-world.ts';
import { addedRoutes } from '../../testing/shop-routes.ts';
import { gatewayRoutes } from '../gateway.ts';
import { asOfRoute } from '../http/routes/as-of.ts';
import type { Route } from '../http/route.ts';
import { problemCodes, problems } from '../problems.ts';
import { problemsOf } from './openapi.ts';
import { problemsMarkdown } from './problems-markdown.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: Readonly<Record<string, object>> };
}

let world: GatewayWorld;
let openapi: OpenApi;
let routes: readonly Route[];
beforeAll(async () => {
  const extraRoutes = [
    asOfRoute({ clock: systemClock, lookBack: async () => null }),
    ...addedRoutes({ router: new FixedRouter({ kind: 'unavailable', code: 'not_ready', retryAfterMs: 1 }), clock: systemClock }),
  ];
  world = await GatewayWorld.start({ extraRoutes });
  openapi = (await world.call('GET', '/openapi.json', { key: '' })).body as unknown as OpenApi;
  routes = gatewayRoutes({ extraRoutes } as never, {} as never, { draining: false, build: '' }).filter((route) => route.hidden !== true);
});
afterAll(() => world[Symbol.asyncDispose]());

function operationOf(route: Route): Operation | undefined {
  return openapi.paths[route.path]?.[route.method.toLowerCase()];
}

describe('docs/PROBLEMS.md', () => {
  const document = readFileSync(new URL('../../docs/PROBLEMS.md', import.meta.url), 'utf8');

  test('is what the catalogue says now: run npx tsx scripts/problems-document.ts', () => {
    expect(document).toBe(problemsMarkdown());
  });

  test('lists every public code, and no other', () => {
    const listed = [...document.matchAll(/^\| <a id="(\w+)">/gm)].map(([, code]) => code);
    expect(listed).toEqual(problemCodes.filter((code) => problems[code].public));
  });
});

describe('/openapi.json', () => {
  test('has every route of the table, and no other', () => {
    const listed = Object.entries(openapi.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
    expect(openapi.openapi).toBe('3.1.0');
  });

  test('every operation has its own name, a summary, a success and its path parameters', () => {
    const names = new Set<string>();
    for (const route of routes) {
      const operation = operationOf(route)!;
      names.add(operation.operationId);
      expect(operation.summary, route.path).not.toBe('');
      expect(Object.keys(operation.responses)).toContain(String(route.docs.success.status));
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        route.path,
      ).toEqual(inPath);
      expect(operation.security.length > 0, route.path).toBe(route.access !== 'open' && route.access !== 'signed');
      if (route.body !== null) expect(operation.requestBody?.content['application/json']?.schema, route.path).toBeDefined();
    }
    expect(names.size).toBe(routes.length);
  });

  test('every problem a route can have stands at its status', () => {
    for (const route of routes) {
      for (const code of problemsOf(route)) {
        const response = operationOf(route)!.responses[problems[code].status];
        if (problems[code].status !== route.docs.success.status)
          expect(response?.description, `${route.path} ${code}`).toContain(`\`${code}\``);
      }
    }
  });

  test('every problem of HTTP is documented at some route, or is about finding one', () => {
    const documented = new Set(routes.flatMap(problemsOf));
    const aboutFinding = ['route_unknown', 'method_not_allowed', 'store_unknown'];
    expect(
      problemCodes.filter(
        (code) => problems[code].public && !documented.has(code) && !aboutFinding.includes(code) && problems[code].liveOnly !== true,
      ),
    ).toEqual([]);
  });

  test('every reference leads somewhere', () => {
    const text = JSON.stringify(openapi);
    const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!));
    expect(references.size).toBeGreaterThan(5);
    for (const reference of references) {
      const target = reference
        .split('/')
        .slice(1)
        .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], openapi);
      expect(target, reference).toBeDefined();
    }
    for (const { security } of Object.values(openapi.paths).flatMap(Object.values) as Operation[]) {
      for (const requirement of security)
        for (const name of Object.keys(requirement)) expect(openapi.components.securitySchemes).toHaveProperty(name);
    }
  });

  test('POSTs that need an Idempotency-Key say so', () => {
    for (const route of routes.filter(({ method }) => method === 'POST')) {
      const header = operationOf(route)!.parameters?.find(({ name }) => name === 'Idempotency-Key');
      expect(header?.required ?? false, route.path).toBe(route.path !== '/v1/buyers' && route.access !== 'signed');
    }
  });
});

describe('/asyncapi.json', () => {
  test('is a valid AsyncAPI 3 document', async () => {
    const { body } = await world.call('GET', '/asyncapi.json', { key: '' });
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(body));
    expect(diagnostics.filter(({ severity }) => severity === 0).map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(
      document
        ?.channels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual(['/v1/live']);
  }, 60_000);
});

describe('the documents for people', () => {
  test.each([
    ['/docs', 'text/html'],
    ['/docs/swagger-ui.css', 'text/css'],
    ['/docs/swagger-ui-bundle.js', 'text/javascript'],
    ['/docs/start.js', 'text/javascript'],
    ['/docs/problems', 'text/plain'],
  ])('%s is served without a network', async (path, contentType) => {
    const response = await fetch(world.gateway.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(contentType);
    expect((await response.text()).length).toBeGreaterThan(50);
  });
});
