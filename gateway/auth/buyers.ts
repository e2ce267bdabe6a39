/**
 * Buyers are signed tokens: a JWT (HS256) bound to one store. Nobody is looked up.
 *
 * B1. A token is good for the store it names and no other (I6).
 * B2. Verified tokens are remembered, bounded, and never beyond their own expiry.
 */
import { type webcrypto } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { v7 as uuidV7 } from 'uuid';
import { BoundedCache } from '../../runtime/bounded-cache.ts';
import type { Maybe } from '../../services/tenants/maybe.ts';

export const buyerLimits = {
  verifiedCachedMax: 200_000,
  tokenLengthMax: 2_048,
  tokenLifeMs: 30 * 86_400_000,
} as const;

export interface BuyerToken {
  readonly buyerId: string;
  readonly token: string;
  readonly expiresAtMs: number;
}

interface Verified {
  readonly storeId: string;
  readonly buyerId: string;
}

export interface BuyersOptions {
  /** At least 32 bytes. */
  readonly signingKey: Uint8Array;
  readonly nowMs: () => number;
}

const issuer = 'onhand';
const { subtle } = globalThis.crypto;

export class Buyers {
  readonly #options: BuyersOptions;
  readonly #verified: BoundedCache<string, Verified>;
  /** Imported once: given the bytes, jose imports them for every token. */
  readonly #key: Promise<webcrypto.CryptoKey>;

  constructor(options: BuyersOptions) {
    if (options.signingKey.length < 32) throw new Error('the key that signs buyer tokens must have at least 32 bytes');
    this.#options = options;
    this.#key = subtle.importKey('raw', options.signingKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
    this.#verified = new BoundedCache({ entriesMax: buyerLimits.verifiedCachedMax, keepMs: buyerLimits.tokenLifeMs, nowMs: options.nowMs });
  }

  async issue(storeId: string): Promise<BuyerToken> {
    const nowMs = this.#options.nowMs();
    const buyerId = `buyer_${uuidV7()}`;
    const expiresAtMs = Math.floor((nowMs + buyerLimits.tokenLifeMs) / 1_000) * 1_000;
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer)
      .setAudience(storeId)
      .setSubject(buyerId)
      .setIssuedAt(Math.floor(nowMs / 1_000))
      .setExpirationTime(expiresAtMs / 1_000)
      .sign(await this.#key);
    this.#verified.set(token, { storeId, buyerId }, expiresAtMs - nowMs);
    return { buyerId, token, expiresAtMs };
  }

  /** The buyer, or null: damaged, expired, or of another store. */
  buyerOf(token: string, storeId: string): Maybe<string | null> {
    const known = this.#verified.get(token);
    if (known !== undefined) return known.storeId === storeId ? known.buyerId : null; // B1
    if (token.length > buyerLimits.tokenLengthMax) return null;
    return this.#verify(token, storeId);
  }

  async #verify(token: string, storeId: string): Promise<string | null> {
    const nowMs = this.#options.nowMs();
    try {
      const { payload } = await jwtVerify(token, await this.#key, {
        algorithms: ['HS256'],
        issuer,
        audience: storeId,
        currentDate: new Date(nowMs),
        requiredClaims: ['sub', 'exp'],
      });
      const buyerId = payload.sub!;
      this.#verified.set(token, { storeId, buyerId }, payload.exp! * 1_000 - nowMs); // B2
      return buyerId;
    } catch {
      return null;
    }
  }
}
