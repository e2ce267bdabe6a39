/** FNV-1a, 32 bit, over the UTF-8 of `kind/store/id` (http://www.isthe.com/chongo/tech/comp/fnv/). Part of
 *  the storage format: never changes for a cluster. */
import { type ActorId, actorKey } from '../actors/kernel/index.ts';

export const shardHashName = 'fnv1a-32';

export function fnv1a32(text: string): number {
  const hash = addAscii(offsetBasis, text);
  return hash === null ? hashOfBytes(Buffer.from(text, 'utf8')) : hash >>> 0;
}

/** The hash taken further by a text whose units are one byte each; null when some are not. */
function addAscii(from: number, text: string): number | null {
  let hash = from;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 127) return null;
    hash = Math.imul(hash ^ unit, prime);
  }
  return hash;
}

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;
const slash = '/'.charCodeAt(0);

function hashOfBytes(bytes: Uint8Array): number {
  let hash = offsetBasis;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

export function shardOf(actor: ActorId, shardCount: number): number {
  return hashOfKey(actor) % shardCount;
}

/** Of `actorKey(actor)`, without making it: this is asked for every command. */
function hashOfKey(actor: ActorId): number {
  let hash = addAscii(offsetBasis, actor.kind);
  if (hash !== null) hash = addAscii(Math.imul(hash ^ slash, prime), actor.store);
  if (hash !== null) hash = addAscii(Math.imul(hash ^ slash, prime), actor.id);
  return hash === null ? fnv1a32(actorKey(actor)) : hash >>> 0;
}
