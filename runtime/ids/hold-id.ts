/**
 * Ids of holds. The id alone says which actor owns the hold:
 *
 * - `hold_<uuid>.<base64url of the SKU>`: one line, owned by the SKU's `stock` actor (the fast path);
 * - `hold_<uuid>`: several lines, owned by the `hold` actor of that id.
 *
 * H1. `parseHoldId(oneLineHoldId(u, sku))` gives `sku` back, whatever its characters.
 * H2. Text in any other form, also another spelling of the same bytes, is no id: null.
 */
import { type ActorId, actorId, isSku } from '../../actors/kernel/index.ts';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const prefix = 'hold_';
const uuidLength = 36;

export type HoldAddress =
  | { readonly kind: 'oneLine'; readonly holdId: string; readonly sku: string }
  | { readonly kind: 'multiLine'; readonly holdId: string };

export function oneLineHoldId(uuid: string, sku: string): string {
  return `${prefix}${uuid}.${encodedSku(sku)}`;
}

/** A hot SKU is encoded once, not once per hold. Bounded: started anew when full (I7). */
const encodedSkus = new Map<string, string>();
const encodedSkusMax = 10_000;

function encodedSku(sku: string): string {
  const known = encodedSkus.get(sku);
  if (known !== undefined) return known;
  if (encodedSkus.size >= encodedSkusMax) encodedSkus.clear();
  const encoded = Buffer.from(sku, 'utf8').toString('base64url');
  encodedSkus.set(sku, encoded);
  return encoded;
}

export function multiLineHoldId(uuid: string): string {
  return prefix + uuid;
}

export function parseHoldId(text: string): HoldAddress | null {
  if (!text.startsWith(prefix)) return null;
  const uuidEnd = prefix.length + uuidLength;
  const uuid = text.slice(prefix.length, uuidEnd);
  if (!uuidForm.test(uuid)) return null;
  if (text.length === uuidEnd) return { kind: 'multiLine', holdId: text };
  if (text[uuidEnd] !== '.') return null;
  const sku = Buffer.from(text.slice(uuidEnd + 1), 'base64url').toString('utf8');
  if (!isSku(sku) || oneLineHoldId(uuid, sku) !== text) return null; // H2
  return { kind: 'oneLine', holdId: text, sku };
}

/** The actor that owns the hold. */
export function actorOfHold(store: string, address: HoldAddress): ActorId {
  return address.kind === 'oneLine' ? actorId('stock', store, address.sku) : actorId('hold', store, address.holdId);
}
