/** Messages of the live socket, as a client sends them and as it gets them. */
import { isSku } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import { skuSchema } from '../schemas/common.ts';
import { z } from '../schemas/zod.ts';
import { type ProblemCode, problems } from '../problems.ts';

const idSchema = z.string().min(1).max(64);

/** What orders and carts are asked for by. Text that can be no name (NUL, half a character) never gets to the rows: it
 *  would spoil the question of everybody whose rows are asked for with it. */
const nameSchema = z.string().refine(isSku, 'a name is 1 to 64 printable characters');

export const helloSchema = z.object({ type: z.literal('hello'), key: z.string().max(200), buyer: z.string().max(4_096).optional() });

export const subscribeSchema = z.object({
  type: z.literal('subscribe'),
  id: idSchema,
  channel: z.string().max(64),
  /** With `stock`. */
  skus: z.array(skuSchema).min(1).max(limits.subscriptionsPerSocketMax).optional(),
  /** With `order`. */
  orderId: nameSchema.optional(),
  /** With `cart`. */
  cartId: nameSchema.optional(),
  /** Whose it is, where `hello` named no buyer, or another one. */
  token: z.string().max(4_096).optional(),
  since: z.record(skuSchema, z.int().min(0)).optional(),
});

export const unsubscribeSchema = z.object({ type: z.literal('unsubscribe'), id: idSchema });
export const pingSchema = z.object({ type: z.literal('ping') });

export const clientMessageSchema = z.discriminatedUnion('type', [helloSchema, subscribeSchema, unsubscribeSchema, pingSchema]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type Hello = z.infer<typeof helloSchema>;
export type Subscribe = z.infer<typeof subscribeSchema>;

export function errorMessage(code: ProblemCode, id?: string, more: Readonly<Record<string, unknown>> = {}): string {
  const { title, help } = problems[code];
  return JSON.stringify({ type: 'error', ...(id === undefined ? {} : { id }), code, message: `${title}. ${help}`, ...more });
}
