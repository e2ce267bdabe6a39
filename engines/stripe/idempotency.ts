/**
 * Idempotency keys as Stripe keeps them.
 *
 * K1. The first answer of a key is replayed for 24 h, also a 500; what was refused before the endpoint began is not kept.
 * K2. The same key with another request (path or parameters) is an `idempotency_error`.
 * K3. The same key while the first is under way is a 409 `idempotency_key_in_use`.
 * K4. Keys belong to an account: two accounts may use the same one.
 * K5. Bounded: beyond `keysMax` the oldest answers are forgotten before their 24 h are over, a sixty-fourth of them at a time:
 *     V8 finds the first of a map by passing over all that were taken out before it.
 */
import { type Answer, failed } from './answer.ts';

export interface Kept {
  readonly key: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly atSeconds: number;
}

export type KeyVerdict =
  | { readonly kind: 'new' }
  | { readonly kind: 'replay'; readonly kept: Kept }
  | { readonly kind: 'refused'; readonly answer: Answer };

const keepSeconds = 24 * 60 * 60;
export const keyLengthMax = 255;

export class IdempotencyKeys {
  readonly #keysMax: number;
  readonly #kept = new Map<string, Kept>();
  readonly #underWay = new Map<string, string>();

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  /** `new`: the caller goes on, and ends with `keep` or `drop`. */
  begin(key: string, fingerprint: string, nowSeconds: number): KeyVerdict {
    const kept = this.#kept.get(key);
    if (kept !== undefined && nowSeconds < kept.atSeconds + keepSeconds) {
      return kept.fingerprint === fingerprint ? { kind: 'replay', kept } : { kind: 'refused', answer: otherRequest() }; // K1, K2
    }
    if (this.#underWay.has(key)) return { kind: 'refused', answer: inUse() }; // K3
    this.#underWay.set(key, fingerprint);
    return { kind: 'new' };
  }

  keep(kept: Kept): void {
    this.drop(kept.key);
    this.restore(kept);
  }

  /** Ended without an answer that is kept: the key is as new. */
  drop(key: string): void {
    this.#underWay.delete(key);
  }

  restore(kept: Kept): void {
    this.#kept.delete(kept.key); // so that the newest stands last
    this.#kept.set(kept.key, kept);
    if (this.#kept.size <= this.#keysMax) return;
    const left = this.#keysMax - Math.floor(this.#keysMax / 64);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= left) return; // K5
      this.#kept.delete(oldest);
    }
  }

  *everything(nowSeconds: number): Iterable<Kept> {
    for (const kept of this.#kept.values()) if (nowSeconds < kept.atSeconds + keepSeconds) yield kept;
  }
}

/** K4. */
export function scopedKey(account: string, key: string): string {
  return `${account}\n${key}`;
}

function otherRequest(): Answer {
  return failed(
    400,
    'idempotency_error',
    'Keys for idempotent requests can only be used with the same parameters and endpoint they were first used with. Try using a key other than this one if you meant to execute a different request.',
  );
}

function inUse(): Answer {
  return failed(
    409,
    'idempotency_error',
    'There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through). Please try again later.',
    { code: 'idempotency_key_in_use' },
  );
}
