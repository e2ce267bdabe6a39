/** Addresses and deliveries in memory: the twin of `postgres.ts`, for tests. */
import type { Instant } from '../../../actors/kernel/index.ts';
import {
  type Attempted,
  type Deliveries,
  type Delivery,
  type DeliveryCursor,
  type Endpoint,
  type EndpointChange,
  type Endpoints,
  type Progress,
  webhookLimits,
} from './port.ts';

interface Kept {
  endpoint: Endpoint;
  claimedUntil: Instant;
  readonly deliveries: Delivery[];
}

export class MemoryWebhooks implements Endpoints, Deliveries {
  readonly #kept = new Map<string, Kept>();
  readonly #newest: (storeId: string) => number;

  /** `newest`: the newest number of a store's feed. */
  constructor(newest: (storeId: string) => number) {
    this.#newest = newest;
  }

  #of({ storeId, endpointId }: Pick<Endpoint, 'storeId' | 'endpointId'>): Kept | undefined {
    return this.#kept.get(`${storeId}/${endpointId}`);
  }

  async list(storeId: string): Promise<readonly Endpoint[]> {
    return [...this.#kept.values()].map(({ endpoint }) => endpoint).filter((endpoint) => endpoint.storeId === storeId);
  }

  async get(storeId: string, endpointId: string): Promise<Endpoint | null> {
    return this.#of({ storeId, endpointId })?.endpoint ?? null;
  }

  async add(endpoint: Endpoint): Promise<'added' | 'exists' | 'full'> {
    if (this.#of(endpoint) !== undefined) return 'exists';
    if ((await this.list(endpoint.storeId)).length >= webhookLimits.endpointsPerStoreMax) return 'full';
    this.#kept.set(`${endpoint.storeId}/${endpoint.endpointId}`, { endpoint, claimedUntil: 0, deliveries: [] });
    return 'added';
  }

  async change(storeId: string, endpointId: string, change: EndpointChange): Promise<boolean> {
    const kept = this.#of({ storeId, endpointId });
    if (kept === undefined) return false;
    const anew = change.active === true ? { disabledWhy: null, attempts: 0, retryAt: null, firstFailedAt: null } : {};
    const disabled = change.active === false ? { disabledWhy: kept.endpoint.disabledWhy } : {};
    kept.endpoint = { ...kept.endpoint, ...change, ...anew, ...disabled };
    return true;
  }

  async remove(storeId: string, endpointId: string): Promise<boolean> {
    return this.#kept.delete(`${storeId}/${endpointId}`);
  }

  async deliveries(storeId: string, endpointId: string, before: DeliveryCursor | null, count: number): Promise<readonly Delivery[]> {
    const all = [...(this.#of({ storeId, endpointId })?.deliveries ?? [])].sort((a, b) => b.number - a.number || b.attempt - a.attempt);
    const isBefore = ({ number, attempt }: Delivery): boolean =>
      before === null || number < before.number || (number === before.number && attempt < before.attempt);
    return all.filter(isBefore).slice(0, count);
  }

  async claim(now: Instant, claimMs: number, count: number): Promise<readonly Endpoint[]> {
    const due = [...this.#kept.values()].filter(
      ({ endpoint, claimedUntil }) =>
        endpoint.active && endpoint.handled < this.#newest(endpoint.storeId) && (endpoint.retryAt ?? 0) <= now && claimedUntil <= now,
    );
    const claimed = due.sort((a, b) => a.claimedUntil - b.claimedUntil).slice(0, count);
    for (const kept of claimed) kept.claimedUntil = now + claimMs;
    return claimed.map(({ endpoint }) => endpoint);
  }

  async record(endpoint: Endpoint, delivery: Attempted, next: Progress): Promise<void> {
    const kept = this.#of(endpoint);
    if (kept === undefined) return;
    await this.note(endpoint, delivery);
    const { disabledWhy, ...progress } = next;
    kept.endpoint = { ...kept.endpoint, ...progress, ...(disabledWhy === null ? {} : { active: false, disabledWhy }) };
    kept.claimedUntil = delivery.at;
  }

  async skip(endpoint: Endpoint, handled: number): Promise<void> {
    const kept = this.#of(endpoint);
    if (kept === undefined) return;
    kept.endpoint = { ...kept.endpoint, handled: Math.max(kept.endpoint.handled, handled) };
    kept.claimedUntil = 0;
  }

  async note(endpoint: Endpoint, delivery: Attempted): Promise<number> {
    const deliveries = this.#of(endpoint)?.deliveries ?? [];
    const attempt = 1 + Math.max(0, ...deliveries.filter(({ number }) => number === delivery.number).map((one) => one.attempt));
    deliveries.push({ ...delivery, attempt });
    return attempt;
  }
}
