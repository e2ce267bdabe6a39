/** API keys: `pk_` (publishable) or `sk_` (secret), then 32 characters of 192 random bits. */
import { hash, randomBytes } from 'node:crypto';
import type { StoreKeys } from './port.ts';

const keyForm = /^[ps]k_[A-Za-z0-9_-]{20,80}$/;

/** Anything else is not worth a look-up. */
export function isKeyForm(text: string): boolean {
  return keyForm.test(text);
}

/** Keys have 192 random bits: a plain hash is enough, there is nothing to guess. Hex. */
export function keyHashOf(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A name for the key that is safe to log and stays the same: the start of its hash. */
export function keyIdOf(key: string): string {
  return `key_${keyHashOf(key).slice(0, 16)}`;
}

export function newStoreKeys(): StoreKeys {
  return { publishableKey: `pk_${randomBytes(24).toString('base64url')}`, secretKey: `sk_${randomBytes(24).toString('base64url')}` };
}
