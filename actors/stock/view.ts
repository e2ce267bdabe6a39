/** What live pages are shown of one SKU. */
import { toIso } from '../kernel/index.ts';
import type { ActorId, Instant, LiveView } from '../kernel/index.ts';
import { availableOfAll } from './levels.ts';
import type { StockState } from './state.ts';

export function stockView(id: ActorId, state: StockState, at: Instant): LiveView | null {
  const { version } = state;
  if (version === 0) return null;
  const item = { sku: id.id, available: availableOfAll(state.levels), version, asOf: toIso(at) };
  return { channel: 'stock', store: id.store, id: id.id, version, item };
}
