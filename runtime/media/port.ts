/**
 * Media: whole objects under names, written once and never changed. Archive segments are the first of them.
 *
 * D1. `put` returns when the object would survive a power cut, whole; a half written one is never seen.
 * D2. An object is never replaced: putting the same bytes again does nothing, other bytes throw.
 */
export interface Media {
  /** Throws `MediaConflict`, `MediaUnavailable`. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Null: there is none. Throws `MediaUnavailable`. */
  get(name: string): Promise<Uint8Array | null>;
  /** Names that begin with the prefix, sorted. Throws `MediaUnavailable`. */
  list(prefix: string): Promise<readonly string[]>;
}

/** There is another object of that name. */
export class MediaConflict extends Error {
  override readonly name = 'MediaConflict';
}

/** An operating fault: worth trying again. */
export class MediaUnavailable extends Error {
  override readonly name = 'MediaUnavailable';
}
