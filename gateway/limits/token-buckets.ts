/**
 * Rate limits by token bucket, one bucket per name (a buyer, an address), in this process. Bounded (I7):
 * when full, the bucket made first goes, which can only be kind to its owner.
 */
export interface BucketOptions {
  readonly perSecond: number;
  readonly burst: number;
  readonly bucketsMax: number;
  readonly nowMs: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export interface Take {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until one more request is allowed, or until the bucket is full again. */
  readonly resetMs: number;
}

export class TokenBuckets {
  readonly #options: BucketOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: BucketOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(name: string): Take {
    const { perSecond, burst } = this.#options;
    const bucket = this.#bucketOf(name);
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    const missing = allowed ? burst - bucket.tokens : 1 - bucket.tokens;
    return { allowed, limit: burst, remaining: Math.floor(bucket.tokens), resetMs: Math.ceil((missing * 1_000) / perSecond) };
  }

  #bucketOf(name: string): Bucket {
    const { perSecond, burst, bucketsMax, nowMs } = this.#options;
    const atMs = nowMs();
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: burst, atMs };
      this.#buckets.set(name, bucket);
      this.#evict(bucketsMax);
      return bucket;
    }
    bucket.tokens = Math.min(burst, bucket.tokens + ((atMs - bucket.atMs) * perSecond) / 1_000);
    bucket.atMs = atMs;
    return bucket;
  }

  #evict(bucketsMax: number): void {
    if (this.#buckets.size <= bucketsMax) return;
    const oldest = this.#buckets.keys().next();
    if (oldest.done !== true) this.#buckets.delete(oldest.value);
  }
}
