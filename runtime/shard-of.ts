/** FNV-1a, 32 bit, over the UTF-8 of `kind/store/id` (http://www.isthe.com/chongo/tech/comp/fnv/). Part of
 *  the storage format: never changes for a cluster. */
import { type ActorId, actorKey } from '../actors/kernel/index.ts';

export const shardHashName = 'fnv1a-32';

export function fnv1a32(text: string): number {
  let hash = offsetBasis;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 127) return hashOfBytes(Buffer.from(text, 'utf8'));
    hash = Math.imul(hash ^ unit, prime); // one unit is one byte
  }
  return hash >>> 0;
}

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

function hashOfBytes(bytes: Uint8Array): number {
  let hash = offsetBasis;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

export function shardOf(actor: ActorId, shardCount: number): number {
  return fnv1a32(actorKey(actor)) % shardCount;
}
