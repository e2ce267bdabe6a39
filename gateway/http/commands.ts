/** How a call becomes the part of a command that names its one effect (I5). Pure. */
import type { HoldAddress } from '../../actors/kernel/index.ts';
import type { Once } from '../../actors/stock/commands.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../runtime/ids/derive.ts';
import type { Identity } from './route.ts';

/** The command id and fingerprint of a command about one SKU. `route` is the route's pattern. */
export function onceFor(identity: Identity, route: string, key: string, sku: string, body: unknown): Once {
  const commandId = commandIdOf({ store: identity.store.storeId, caller: identity.scope, route, key, sku });
  return { commandId, fingerprint: fingerprintOf(canonicalJson(body)) };
}

/** `If-Match: "7"` → 7; absent or `*` → undefined (no comparison); anything else → null. */
export function countVersionOf(ifMatch: string): number | undefined | null {
  if (ifMatch === '' || ifMatch === '*') return undefined;
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The `stock` actor has many holds, a `hold` actor is one. */
export function namedIn(address: HoldAddress): { holdId?: string } {
  return address.kind === 'oneLine' ? { holdId: address.holdId } : {};
}
