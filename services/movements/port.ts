/** Movements of one SKU, newest last, as write-behind has stored them: the history behind `on_hand`. */

export interface Movement {
  /** The version of the SKU's stock that made it. */
  readonly version: number;
  readonly location: string;
  readonly kind: string;
  /** Signed: what it did to on_hand. */
  readonly quantity: number;
  readonly reason: string | null;
  readonly commandId: string | null;
  readonly holdId: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Movements after this one follow. */
export interface MovementCursor {
  readonly version: number;
  readonly location: string;
}

export interface MovementReads {
  /** At most `count`, in order of version, then location. Throws `MovementsUnavailable`. */
  list(storeId: string, sku: string, after: MovementCursor | null, count: number): Promise<readonly Movement[]>;
}

export class MovementsUnavailable extends Error {
  override readonly name = 'MovementsUnavailable';
}
