/** What a merchant may send about one product: counts, settings and sales. Plain products are never counted down. */
import type { Nearness, Once, SettingsChange, StockCommand } from '../../actors/stock/commands.ts';
import type { Random } from './random.ts';
import type { Product } from './shop.ts';
import type { MerchantVerb } from './verbs.ts';

export interface MerchantContext {
  readonly random: Random;
  readonly locations: readonly string[];
  readonly once: Once;
  readonly nearness: readonly Nearness[];
  /** Compare-and-set with this one; null: whatever it is. */
  readonly countVersion: number | null;
  /** A hold that a return may name. */
  readonly holdId: string | null;
}

export function merchantCommand(verb: MerchantVerb, product: Product, context: MerchantContext): StockCommand {
  const { random, locations, once, nearness, holdId } = context;
  const location = random.pick(locations);
  const quantity = random.integer(1, 12);
  const sale = `sale_${random.integer(1, 2)}`;
  const onlyIf = context.countVersion === null ? {} : { countVersion: context.countVersion };
  switch (verb) {
    case 'receive':
      return { type: 'receive', location, quantity, ...(random.chance(0.3) ? { fromIncoming: true } : {}), ...once };
    case 'adjust':
      if (product.isPlain) return { type: 'receive', location, quantity, ...once };
      return { type: 'adjust', location, delta: random.chance(0.5) ? quantity : -quantity, reason: 'count', ...onlyIf, ...once };
    case 'set':
      if (product.isPlain) return { type: 'expect', location, quantity, ...once };
      return { type: 'set', location, onHand: random.integer(0, 40), ...onlyIf, ...once };
    case 'transfer':
      return { type: 'transfer', from: random.pick(locations), to: location, quantity, ...once };
    case 'return': {
      const condition = random.chance(0.7) ? 'restock' : 'damaged';
      return { type: 'return', location, quantity: random.integer(1, 3), condition, ...(holdId === null ? {} : { holdId }), ...once };
    }
    case 'expect':
      return { type: 'expect', location, quantity: random.integer(0, 20), ...once };
    case 'configure':
      return { type: 'configure', settings: settingsChange(product, location, random), ...onlyIf, ...once };
    case 'pause':
    case 'resume':
      return { type: verb, ...once };
    case 'allot':
      return { type: 'allot', sale, quantity, nearness, ...once };
    case 'takeBack':
      return { type: 'takeBack', sale, ...(random.chance(0.5) ? { quantity } : {}), ...once };
  }
}

function settingsChange(product: Product, location: string, random: Random): SettingsChange {
  return {
    ...(random.chance(0.4) ? { safetyStock: { [location]: random.integer(0, 4) } } : {}),
    ...(random.chance(0.4) ? { lowStockThreshold: random.chance(0.3) ? null : random.integer(1, 10) } : {}),
    ...(random.chance(0.3)
      ? { perBuyerCap: random.chance(0.4) ? null : random.integer(2, 8), perBuyerWindowMs: random.integer(10_000, 60_000) }
      : {}),
    ...(!product.isPlain && random.chance(0.4) ? { policy: random.chance(0.4) ? 'continue' : 'deny' } : {}),
  };
}
