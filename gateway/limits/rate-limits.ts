/** Which limits apply to whom. Generous: they stop abuse, they do not shape trade. */
import { TokenBuckets, type Take } from './token-buckets.ts';

export interface RateLimitSettings {
  readonly buyerPerSecond: number;
  readonly buyerBurst: number;
  /** 0 = no limit by address. */
  readonly addressPerSecond: number;
  readonly addressBurst: number;
  /** Load tools and proxies on this machine speak for many buyers. */
  readonly loopbackFree: boolean;
}

export const rateLimitDefaults: RateLimitSettings = {
  buyerPerSecond: 50,
  buyerBurst: 200,
  addressPerSecond: 500,
  addressBurst: 2_000,
  loopbackFree: true,
};

const bucketsMax = 200_000;

export class RateLimits {
  readonly #buyers: TokenBuckets;
  readonly #addresses: TokenBuckets | null;
  readonly #loopbackFree: boolean;

  constructor(settings: RateLimitSettings, listensOn: string, nowMs: () => number) {
    this.#buyers = new TokenBuckets({ perSecond: settings.buyerPerSecond, burst: settings.buyerBurst, bucketsMax, nowMs });
    this.#loopbackFree = settings.loopbackFree;
    // Only this machine can reach a loopback address: then there is nobody to limit, and nothing to ask per request.
    const nobody = settings.addressPerSecond === 0 || (settings.loopbackFree && isLoopback(listensOn));
    this.#addresses = nobody
      ? null
      : new TokenBuckets({ perSecond: settings.addressPerSecond, burst: settings.addressBurst, bucketsMax, nowMs });
  }

  buyer(buyerId: string): Take {
    return this.#buyers.take(buyerId);
  }

  /** Null: not limited. The address is asked for only when it matters. */
  address(from: { remoteAddress(): string }): Take | null {
    if (this.#addresses === null) return null;
    const text = from.remoteAddress();
    return this.#loopbackFree && isLoopback(text) ? null : this.#addresses.take(text);
  }
}

export function isLoopback(address: string): boolean {
  return (
    address === 'localhost' ||
    address === '::1' ||
    address.startsWith('127.') ||
    address.startsWith('::ffff:127.') ||
    address === '0000:0000:0000:0000:0000:0000:0000:0001' ||
    address.startsWith('0000:0000:0000:0000:0000:ffff:7f')
  );
}
