/** FNV-1a, 32 bit, over the UTF-8 of `kind/store/id` (http://www.isthe.com/chongo/tech/comp/fnv/). Part of
 *  the storage format: never changes for a cluster. */
import { type ActorId, actorKey } from '../actors/kernel/index.ts';

export const shardHashName = 'fnv1a-32';

export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

export function shardOf(actor: ActorId, shardCount: number): number {
  return fnv1a32(actorKey(actor)) % shardCount;
}
