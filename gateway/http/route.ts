/**
 * What a route is: one object that says how to reach it, who may, what it takes, what it does and how it
 * is documented. The router, the checks before a handler, and the OpenAPI document all read the same object.
 */
import type { ZodType } from 'zod';
import type { Store } from '../../services/tenants/port.ts';
import type { ProblemCode } from '../problems.ts';
import type { OpenAnswer } from './answers.ts';
import type { RequestHeaders } from '../transport/port.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * `open`: anybody. `signed`: whoever can sign. `store`: any key of a store. `buyer`: a buyer's token with a publishable key, or a secret
 * key. `secret`: a secret key. `commit`: a secret key, or a buyer of the demo store.
 */
export type Access = 'open' | 'signed' | 'store' | 'buyer' | 'secret' | 'commit';

/** Who is asking, as far as the route wanted to know. */
export interface Identity {
  readonly store: Store;
  /** Null: the merchant, by secret key. */
  readonly buyer: string | null;
  /** `buyer:<id>` or `key:<id>`: part of the scope of idempotency keys. */
  readonly scope: string;
  /** Shows a secret key, be it for a buyer. */
  readonly merchant: boolean;
}

export interface OpenCall<Body = undefined> {
  readonly headers: RequestHeaders;
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: string;
  readonly body: Body;
}

export interface Call<Body = undefined> extends OpenCall<Body> {
  readonly identity: Identity;
  /** Method and pattern of the route: part of the scope of idempotency keys. */
  readonly route: string;
  /** The Idempotency-Key, or '' where none is needed. */
  readonly key: string;
}

export type Respond = (answer: OpenAnswer) => void;

export interface RouteDocs {
  readonly summary: string;
  readonly description?: string;
  readonly tag:
    | 'stock'
    | 'holds'
    | 'buyers'
    | 'admin stock'
    | 'admin store'
    | 'system'
    | 'pages'
    | 'products'
    | 'orders'
    | 'admin orders'
    | 'admin pricing'
    | 'carts'
    | 'events';
  /** Status and schema of success; null = no JSON body. */
  readonly success: { readonly status: number; readonly schema: ZodType | null; readonly contentType?: string };
  /** Beyond those that follow from access, body and idempotency. */
  readonly problems: readonly ProblemCode[];
  readonly query?: Readonly<Record<string, { readonly description: string; readonly required?: boolean; readonly schema: ZodType }>>;
  readonly ifMatch?: boolean;
  /** Takes `Onhand-Attempt`. */
  readonly attempt?: boolean;
  /** When the schema that validates cannot be written as JSON Schema. */
  readonly body?: ZodType;
}

interface RouteBase {
  readonly method: Method;
  /** `/v1/holds/{holdId}`; each `{name}` is one segment, percent-encoded, so that it may contain slashes. */
  readonly path: string;
  /** Left out of the OpenAPI document (pages, assets). */
  readonly hidden?: boolean;
  readonly docs: RouteDocs;
}

export interface OpenRoute extends RouteBase {
  readonly access: 'open';
  readonly body: null;
  /** Counted against limits like any call by a client; false for probes and pages. */
  readonly limited: boolean;
  handle(call: OpenCall, respond: Respond): void | Promise<void>;
}

export interface StoreRoute<Body = unknown> extends RouteBase {
  readonly access: Exclude<Access, 'open' | 'signed'>;
  /** Null: a body is not read. */
  readonly body: ZodType<Body> | null;
  /** The plainest form of a hot body, told without the schema, which says the same of it; null: ask the schema. */
  readonly plainBody: ((value: unknown) => Body | null) | null;
  /** An absent body counts as `{}`. */
  readonly bodyOptional: boolean;
  readonly needsKey: boolean;
  readonly limited: true;
  handle(call: Call<Body>, respond: Respond): void | Promise<void>;
}

/** Takes a body as the bytes that came, because they are signed: whoever sends it shows who they are by that. */
export interface SignedRoute extends RouteBase {
  readonly access: 'signed';
  readonly body: null;
  readonly limited: false;
  handle(call: OpenCall<Uint8Array>, respond: Respond): void | Promise<void>;
}

export type Route = OpenRoute | StoreRoute | SignedRoute;

export function signedRoute(route: Omit<SignedRoute, 'access' | 'body' | 'limited'>): Route {
  return { ...route, access: 'signed', body: null, limited: false };
}

export function openRoute(route: Omit<OpenRoute, 'access' | 'body' | 'limited'> & { readonly limited?: boolean }): Route {
  return { ...route, access: 'open', body: null, limited: route.limited ?? false };
}

type StoreRouteParts<Body> = Omit<StoreRoute<Body>, 'bodyOptional' | 'needsKey' | 'limited' | 'body' | 'plainBody'> & {
  readonly body?: ZodType<Body>;
  readonly plainBody?: (value: unknown) => Body | null;
  readonly bodyOptional?: boolean;
  readonly needsKey?: boolean;
};

/** Every POST needs an Idempotency-Key unless it says otherwise. */
export function storeRoute<Body = undefined>(parts: StoreRouteParts<Body>): Route {
  const route: StoreRoute<Body> = {
    ...parts,
    body: parts.body ?? null,
    plainBody: parts.plainBody ?? null,
    bodyOptional: parts.bodyOptional ?? false,
    needsKey: parts.needsKey ?? parts.method === 'POST',
    limited: true,
  };
  // The pipeline hands a handler only bodies that its own schema has passed, so the parameter may be forgotten here.
  return route;
}
