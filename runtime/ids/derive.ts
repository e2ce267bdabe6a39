/**
 * Ids that a retry must find again: UUIDv8 (RFC 9562, 5.8) from the SHA-256 of a scope, and fingerprints
 * that tell two bodies under one key apart. Pure.
 *
 * D1. The same scope always gives the same id, on every node and in every release: part of the storage format.
 * D2. Parts are length-prefixed, so no two scopes can be written as the same text.
 */
import { hash } from 'node:crypto';

/** What makes one effect (I5): who asked, through which route, under which key, and for commands about
 *  one SKU which SKU. */
export interface CommandScope {
  readonly store: string;
  /** `buyer:<id>` or `key:<id>`. */
  readonly caller: string;
  readonly route: string;
  readonly key: string;
  readonly sku?: string;
}

export function commandIdOf(scope: CommandScope): string {
  const parts = prefixed(scope.store) + prefixed(scope.caller) + prefixed(scope.route) + prefixed(scope.key); // D2
  return uuidV8Of(scope.sku === undefined ? parts : parts + prefixed(scope.sku));
}

function prefixed(part: string): string {
  return `${part.length}:${part}/`;
}

/** A UUIDv8 whose 122 free bits are the first of the SHA-256 of `text`. */
export function uuidV8Of(text: string): string {
  const digest = hash('sha256', text, 'hex');
  const variant = variants[Number.parseInt(digest[16]!, 16) & 0b11]!;
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

/** The two top bits are `10`. */
const variants = ['8', '9', 'a', 'b'];

/** 66 bits of the SHA-256 of a canonical text. Collisions hurt only whoever seeks them: the scope of a
 *  fingerprint is one caller's one key. */
export function fingerprintOf(canonical: string): string {
  return hash('sha256', canonical, 'base64').slice(0, 11);
}

/** JSON with the keys of every object in code unit order: one text for one value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
