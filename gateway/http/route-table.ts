/**
 * Finds the route of a path. Paths without parameters are one look-up; the others are compared segment by
 * segment. Segments are split before they are decoded, so `%2F` stays inside an SKU.
 */
import { assert } from '../../actors/kernel/index.ts';
import type { Method, Route } from './route.ts';

export type Match =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'path_malformed' }
  | { readonly kind: 'route_unknown' }
  | { readonly kind: 'method_not_allowed'; readonly allow: readonly string[] };

type ByMethod = Map<Method, Route>;

interface Pattern {
  readonly segments: readonly { readonly literal: string | null; readonly name: string }[];
  readonly methods: ByMethod;
}

const noParams: Readonly<Record<string, string>> = {};

export class RouteTable {
  readonly routes: readonly Route[];
  readonly #plain = new Map<string, ByMethod>();
  readonly #patterns = new Map<string, Pattern>();
  #bySegments = new Map<number, Pattern[]>();

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) this.#add(route);
    for (const pattern of this.#patterns.values()) {
      const count = pattern.segments.length;
      this.#bySegments.set(count, [...(this.#bySegments.get(count) ?? []), pattern]);
    }
  }

  #add(route: Route): void {
    const methods = route.path.includes('{') ? this.#patternOf(route.path).methods : this.#plainOf(route.path);
    assert(!methods.has(route.method), `two routes for ${route.method} ${route.path}`);
    methods.set(route.method, route);
  }

  #plainOf(path: string): ByMethod {
    const methods = this.#plain.get(path) ?? new Map<Method, Route>();
    this.#plain.set(path, methods);
    return methods;
  }

  #patternOf(path: string): Pattern {
    const segments = path
      .split('/')
      .map((segment) => (segment.startsWith('{') ? { literal: null, name: segment.slice(1, -1) } : { literal: segment, name: '' }));
    const pattern = this.#patterns.get(path) ?? { segments, methods: new Map() };
    this.#patterns.set(path, pattern);
    return pattern;
  }

  /** HEAD finds the GET route. */
  match(methodText: string, path: string): Match {
    const method = (methodText === 'HEAD' ? 'GET' : methodText) as Method;
    const plain = this.#plain.get(path);
    const route = plain?.get(method);
    if (route !== undefined) return { kind: 'found', route, params: noParams };
    return this.#matchPattern(method, path, plain);
  }

  /** A path may be both: `/v1/admin/stock/set` is a route to POST and an SKU to GET. */
  #matchPattern(method: Method, path: string, plain: ByMethod | undefined): Match {
    const given = path.split('/');
    const allowed = new Set<Method>(plain?.keys());
    for (const pattern of this.#bySegments.get(given.length) ?? []) {
      if (!fits(pattern, given)) continue;
      const route = pattern.methods.get(method);
      for (const other of pattern.methods.keys()) allowed.add(other);
      if (route === undefined) continue;
      const params = decode(pattern, given);
      return params === null ? { kind: 'path_malformed' } : { kind: 'found', route, params };
    }
    if (allowed.size === 0) return { kind: 'route_unknown' };
    return { kind: 'method_not_allowed', allow: [...allowed, ...(allowed.has('GET') ? ['HEAD'] : []), 'OPTIONS'] };
  }
}

function fits({ segments }: Pattern, given: readonly string[]): boolean {
  return segments.every(({ literal }, index) => (literal === null ? given[index] !== '' : literal === given[index]));
}

function decode({ segments }: Pattern, given: readonly string[]): Readonly<Record<string, string>> | null {
  const params: Record<string, string> = {};
  for (const [index, { literal, name }] of segments.entries()) {
    if (literal !== null) continue;
    try {
      params[name] = decodeURIComponent(given[index]!);
    } catch {
      return null;
    }
    if (params[name].includes('\0')) return null; // no name of anything, and Postgres cannot even be asked for it
  }
  return params;
}
