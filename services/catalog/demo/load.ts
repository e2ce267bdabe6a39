/**
 * Fills the demo store: its locations and products, then its first units. Safe to run at every start.
 *
 * D1. Each first receive has a command id of its own, derived from store, SKU and location, so that a
 *     second start is a repeat (I5).
 * D2. Repeats are remembered for a limited time only, so an SKU that already exists is not received again:
 *     what was sold since stays sold.
 */
import { actorId } from '../../../actors/kernel/index.ts';
import type { StockCommand } from '../../../actors/stock/commands.ts';
import type { StockReply } from '../../../actors/stock/replies.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../../runtime/ids/derive.ts';
import { limits } from '../../../runtime/limits.ts';
import { ask, type Outcome, type Router } from '../../../runtime/router/port.ts';
import { drawPicture } from '../pictures/index.ts';
import type { Catalog, ProductDraft } from '../port.ts';
import { demoCurrency, type DemoGood, demoGoods, demoLocations } from './goods.ts';

export interface DemoLoaded {
  readonly products: number;
  /** SKUs that got their first units now. */
  readonly received: number;
  /** SKUs that already had a life of their own. */
  readonly known: number;
}

/** Where the goods are kept: the part of the tenants' port that the demo needs. */
export interface DemoLocations {
  putLocation(
    storeId: string,
    location: {
      readonly id: string;
      readonly name: string;
      readonly rank: number;
      readonly latitude: number | null;
      readonly longitude: number | null;
    },
  ): Promise<unknown>;
}

export interface DemoParts {
  readonly router: Router;
  readonly catalog: Catalog;
  readonly tenants: DemoLocations;
  readonly storeId: string;
}

/** Throws when the shop cannot take the units: a demo without stock is not a demo. */
export async function loadDemo(
  { router, catalog, tenants, storeId }: DemoParts,
  goods: readonly DemoGood[] = demoGoods,
): Promise<DemoLoaded> {
  for (const location of demoLocations) await tenants.putLocation(storeId, location);
  await catalog.put(storeId, goods.map(draftOf));
  const fresh = await Promise.all(goods.map((good) => receiveFirst(router, storeId, good)));
  const received = fresh.filter(Boolean).length;
  return { products: goods.length, received, known: goods.length - received };
}

export function draftOf(good: DemoGood, position: number): ProductDraft {
  const [kind, variant, palette] = good.picture;
  return {
    sku: good.sku,
    title: good.title,
    description: good.description,
    price: { amountMinor: good.priceMinor, currency: demoCurrency },
    picture: drawPicture({ kind, variant, palette, seed: good.sku }),
    position,
  };
}

async function receiveFirst(router: Router, storeId: string, good: DemoGood): Promise<boolean> {
  const missing = await locationsWithoutUnits(router, storeId, good);
  for (const location of missing) {
    const quantity = good.units[location] ?? 0;
    const fingerprint = fingerprintOf(canonicalJson({ sku: good.sku, location, quantity }));
    const commandId = commandIdOf({ store: storeId, caller: 'system', route: 'demo first units', key: location, sku: good.sku }); // D1
    const outcome = await send(router, storeId, good.sku, { type: 'receive', location, quantity, commandId, fingerprint });
    if (outcome.kind === 'reply') continue;
    throw new Error(
      `${good.sku} could not be received at ${location}: ${outcome.kind === 'refused' ? outcome.refusal.code : outcome.code}`,
    );
  }
  return missing.length > 0;
}

/** D2, location by location: a start that was cut short half-way is finished by the next. */
async function locationsWithoutUnits(router: Router, storeId: string, good: DemoGood): Promise<readonly string[]> {
  const outcome = await send(router, storeId, good.sku, { type: 'read' });
  const locations = Object.keys(good.units);
  if (outcome.kind !== 'reply') {
    if (outcome.kind === 'refused' && outcome.refusal.code === 'sku_unknown') return locations;
    throw new Error(`${good.sku} could not be read: ${outcome.kind === 'refused' ? outcome.refusal.code : outcome.code}`);
  }
  const known = new Set((outcome.reply as StockReply).levels.map((level) => level.location));
  return locations.filter((location) => !known.has(location));
}

function send(router: Router, storeId: string, sku: string, command: StockCommand): Promise<Outcome> {
  return ask(router, { actor: actorId('stock', storeId, sku), command, class: 'client', waitMs: limits.commandWaitMs });
}
