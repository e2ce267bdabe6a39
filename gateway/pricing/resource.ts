/**
 * What the routes about a store's configuration share: lists, one thing put as a whole, one thing removed.
 *
 * R1. Putting the same again changes nothing, so a PUT needs no Idempotency-Key.
 * R2. What the service finds wrong is told field by field, all at once.
 */
import type { ZodType } from 'zod';
import { parseIso, toIso, type Instant } from '../../actors/kernel/index.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../http/answers.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import type { ProblemCode } from '../problems.ts';
import { itemSchema, listSchema } from './schemas.ts';

/** As the services answer a write. */
export type Written =
  | { readonly kind: 'written' }
  | { readonly kind: 'invalid'; readonly problems: readonly { readonly path: string; readonly detail: string }[] }
  | { readonly kind: 'full'; readonly countMax: number }
  | { readonly kind: 'unknown'; readonly what: string };

export interface Resource<Body, Item> {
  /** `/v1/admin/pricing/discounts` */
  readonly path: string;
  readonly param: string;
  readonly one: string;
  readonly many: string;
  readonly body: ZodType<Body>;
  /** Null: there is no list. */
  readonly list: ((storeId: string) => Promise<readonly Item[]>) | null;
  readonly item: (id: string, body: Body) => Item;
  readonly put: (storeId: string, item: Item, call: Call<Body>) => Promise<Written>;
  readonly remove: (storeId: string, id: string) => Promise<boolean>;
  /** Operating faults that mean "try again". */
  readonly isAway: (cause: unknown) => boolean;
}

const tag = 'admin pricing';
export const writeProblems: readonly ProblemCode[] = [
  'validation_failed',
  'configuration_full',
  'configuration_unknown',
  'rows_unavailable',
];

export function resourceRoutes<Body, Item extends object>(resource: Resource<Body, Item>): readonly Route[] {
  const path = `${resource.path}/{${resource.param}}`;
  return [
    ...(resource.list === null ? [] : [listRoute(resource, resource.list)]),
    storeRoute<Body>({
      method: 'PUT',
      path,
      access: 'secret',
      body: resource.body,
      docs: { summary: `Put ${resource.one}`, tag, success: { status: 200, schema: itemSchema }, problems: writeProblems },
      handle: (call, respond) =>
        whenAvailable(resource, respond, async () => {
          const item = resource.item(call.params[resource.param]!, call.body);
          respond(writtenAnswer(await resource.put(call.identity.store.storeId, item, call), item));
        }),
    }),
    storeRoute({
      method: 'DELETE',
      path,
      access: 'secret',
      docs: {
        summary: `Remove ${resource.one}`,
        tag,
        success: { status: 200, schema: itemSchema },
        problems: ['configuration_unknown', 'rows_unavailable'],
      },
      handle: (call, respond) =>
        whenAvailable(resource, respond, async () => {
          const id = call.params[resource.param]!;
          const removed = await resource.remove(call.identity.store.storeId, id);
          respond(removed ? jsonAnswer(200, { [resource.param]: id, removed }) : problemAnswer('configuration_unknown'));
        }),
    }),
  ];
}

function listRoute<Body, Item extends object>(resource: Resource<Body, Item>, list: (storeId: string) => Promise<readonly Item[]>): Route {
  return storeRoute({
    method: 'GET',
    path: resource.path,
    access: 'secret',
    docs: { summary: resource.many, tag, success: { status: 200, schema: listSchema }, problems: ['rows_unavailable'] },
    handle: (call, respond) =>
      whenAvailable(resource, respond, async () => {
        respond(jsonAnswer(200, { items: (await list(call.identity.store.storeId)).map(shown) }));
      }),
  });
}

export function writtenAnswer(written: Written, item: object): OpenAnswer {
  switch (written.kind) {
    case 'written':
      return jsonAnswer(200, shown(item));
    case 'invalid':
      return problemAnswer('validation_failed', {
        errors: written.problems.map(({ path, detail }) => ({ pointer: `/${path.replaceAll('.', '/')}`, detail })), // R2
      });
    case 'full':
      return problemAnswer('configuration_full', { fields: { countMax: written.countMax } });
    case 'unknown':
      return problemAnswer('configuration_unknown', { fields: { what: written.what } });
  }
}

const windowFields: ReadonlySet<string> = new Set(['startsAt', 'endsAt', 'validFrom', 'validUntil']);

/** Instants as text. */
export function shown(item: object): object {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      windowFields.has(name) && typeof value === 'number' ? toIso(value) : (value as unknown),
    ]),
  );
}

export function instantOf(text: string | null | undefined): Instant | null {
  return text === null || text === undefined ? null : parseIso(text);
}

export async function whenAvailable(
  { isAway }: { readonly isAway: (cause: unknown) => boolean },
  respond: Respond,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    respond(problemAnswer('rows_unavailable'));
  }
}
