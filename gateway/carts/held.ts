/** What the lines of a cart hold, and letting go of it. */
import { actorId, actorOfHold, parseHoldId } from '../../actors/kernel/index.ts';
import type { CartCommand, CartReply } from '../../actors/cart/index.ts';
import { namedIn } from '../http/commands.ts';
import type { CartContext } from './deps.ts';
import { cartIdSchema } from './schemas.ts';

/** By SKU; nothing where there is no such cart, or not of this buyer. */
export async function holdsOfLines(
  context: CartContext,
  { storeId, cartId }: { readonly storeId: string; readonly cartId: string },
  buyer: string | null,
): Promise<ReadonlyMap<string, string>> {
  if (!cartIdSchema.safeParse(cartId).success) return new Map();
  const read: CartCommand = { type: 'read', buyer };
  const outcome = await context.actors.asked(actorId('cart', storeId, cartId), read);
  const lines = outcome.kind === 'reply' ? (outcome.reply as CartReply).lines : [];
  return new Map(lines.flatMap(({ sku, holdId }) => (holdId === null ? [] : [[sku, holdId] as const])));
}

/** Of what has ended already, or cannot be reached now, time lets go. */
export async function letGo(context: CartContext, storeId: string, buyer: string, holdIds: Iterable<string>): Promise<void> {
  for (const holdId of holdIds) {
    const address = parseHoldId(holdId);
    if (address === null) continue;
    const release = { type: 'release', buyer, ...namedIn(address) };
    await context.actors.asked(actorOfHold(storeId, address), release);
  }
}
