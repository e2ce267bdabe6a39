/** The books of the asking store, checked while it sells: log, memory and Postgres at one frame. */
import type { Json } from '../../../actors/kernel/index.ts';
import { z } from '../../schemas/zod.ts';
import { jsonAnswer, problemAnswer } from '../answers.ts';
import { type Route, storeRoute } from '../route.ts';

export interface StoreBooks {
  readonly checked: { readonly skus: number; readonly holds: number; readonly orders: number; readonly frames: number };
  readonly differences: readonly { readonly [field: string]: Json }[];
  readonly ok: boolean;
}

const verdictSchema = z
  .object({
    checked: z.object({ skus: z.int(), holds: z.int(), orders: z.int(), frames: z.int() }),
    differences: z.array(z.record(z.string(), z.unknown())),
    ok: z.boolean(),
  })
  .openapi('Verdict');

/** A list longer than this says nothing more. */
const differencesShownMax = 1_000;

/** More stores than this wait for nothing good (I7). */
const storesWaitingMax = 8;

type Check = (storeId: string) => Promise<StoreBooks>;

/**
 * One check at a time, because a shard can stand still for one only. Who asks for a store whose check has not begun
 * shares that one: a crowd of askers waits for two checks, not for its own length. Null: too many stores wait.
 */
export function inTurn(verify: Check): (storeId: string) => Promise<StoreBooks> | null {
  const waiting = new Map<string, Promise<StoreBooks>>();
  let turn: Promise<unknown> = Promise.resolve();
  return (storeId) => {
    const shared = waiting.get(storeId);
    if (shared !== undefined) return shared;
    if (waiting.size >= storesWaitingMax) return null;
    const mine = turn.then(() => {
      waiting.delete(storeId);
      return verify(storeId);
    });
    waiting.set(storeId, mine);
    turn = mine.catch(() => {});
    return mine;
  };
}

export function verifyRoute(verify: Check): Route {
  const check = inTurn(verify);
  return storeRoute({
    method: 'GET',
    path: '/v1/admin/verify',
    access: 'secret',
    docs: {
      summary: 'Check the books',
      description:
        'Compares the fold of the log, memory and Postgres at one frame per shard, and all of them with the laws. Each shard stands still while it is compared.',
      tag: 'admin store',
      success: { status: 200, schema: verdictSchema },
      problems: [],
    },
    async handle(call, respond) {
      const books = check(call.identity.store.storeId);
      if (books === null) return respond(problemAnswer('overloaded'));
      const { checked, differences, ok } = await books;
      respond(jsonAnswer(200, { checked, differences: differences.slice(0, differencesShownMax), ok }));
    },
  });
}
