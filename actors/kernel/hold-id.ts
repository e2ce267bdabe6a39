/**
 * Ids of holds. The id alone says which actor owns the hold:
 *
 * - `hold_<uuid>.<base64url of the SKU>`: one line, owned by the SKU's `stock` actor (the fast path);
 * - `hold_<uuid>`: several lines, owned by the `hold` actor of that id.
 *
 * An order has its own uuid in the ids of its holds, and its second and later takings say so: `<uuid>-2`.
 *
 * H1. `parseHoldId(oneLineHoldId(u, sku))` gives `sku` back, whatever its characters.
 * H2. Text in any other form, also another spelling of the same bytes, is no id: null.
 */
import { type ActorId, actorId, isSku } from './ids.ts';

const nameForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:-(?:[2-9]|[1-9][0-9]{1,8}))?$/;
const prefix = 'hold_';

export type HoldAddress =
  | { readonly kind: 'oneLine'; readonly holdId: string; readonly sku: string }
  | { readonly kind: 'multiLine'; readonly holdId: string };

/** `name`: the uuid, and for an order's later takings their number. */
export function oneLineHoldId(name: string, sku: string): string {
  return `${prefix}${name}.${encodedSku(sku)}`;
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

export function multiLineHoldId(name: string): string {
  return prefix + name;
}

export function parseHoldId(text: string): HoldAddress | null {
  if (!text.startsWith(prefix)) return null;
  const dot = text.indexOf('.');
  const name = text.slice(prefix.length, dot === -1 ? undefined : dot);
  if (!nameForm.test(name)) return null;
  if (dot === -1) return { kind: 'multiLine', holdId: text };
  const sku = Buffer.from(text.slice(dot + 1), 'base64url').toString('utf8');
  if (!isSku(sku) || oneLineHoldId(name, sku) !== text) return null; // H2
  return { kind: 'oneLine', holdId: text, sku };
}

/** The actor that owns the hold. */
export function actorOfHold(store: string, address: HoldAddress): ActorId {
  return address.kind === 'oneLine' ? actorId('stock', store, address.sku) : actorId('hold', store, address.holdId);
}
