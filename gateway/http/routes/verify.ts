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

/** A shard can stand still for one check at a time; more than this many wait for nothing good (I7). */
const checksWaitingMax = 8;

export function verifyRoute(verify: (storeId: string) => Promise<StoreBooks>): Route {
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = async (storeId: string): Promise<StoreBooks> => {
    waiting += 1;
    const mine = turn.then(() => verify(storeId)).finally(() => (waiting -= 1));
    turn = mine.catch(() => {});
    return mine;
  };
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
      if (waiting >= checksWaitingMax) return respond(problemAnswer('overloaded'));
      const { checked, differences, ok } = await inTurn(call.identity.store.storeId);
      respond(jsonAnswer(200, { checked, differences: differences.slice(0, differencesShownMax), ok }));
    },
  });
}
