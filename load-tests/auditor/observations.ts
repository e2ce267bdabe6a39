/**
 * What the virtual buyers saw, as the auditor wants it told: facts with times, no conclusions. This is
 * the only thing the auditor and the buyers share.
 *
 * Times are milliseconds since 1970 by the generator's clock, except `expiresAtMs`, which is the
 * server's word.
 */
export type Observation =
  /** The server said: these units are yours until `expiresAtMs`. */
  | {
      readonly kind: 'holdAcknowledged';
      readonly buyer: number;
      readonly key: string;
      readonly holdId: string;
      readonly quantity: number;
      readonly expiresAtMs: number;
      /** When this was first asked for, under this key. */
      readonly firstSentAtMs?: number;
      readonly sentAtMs: number;
      readonly answeredAtMs: number;
      /** As the server says it: `Onhand-Position`. */
      readonly position?: string | null;
    }
  /** The server said: no units. `final`: and none can come back. */
  | {
      readonly kind: 'holdRefused';
      readonly buyer: number;
      readonly key: string;
      readonly final: boolean;
      readonly available?: number;
      readonly held?: number;
      readonly position?: string | null;
      readonly sentAtMs: number;
      readonly answeredAtMs: number;
    }
  /** The server said, to a request sent again: you had units, and that hold has ended. Its first answer was lost. */
  | { readonly kind: 'holdEndedUnseen'; readonly buyer: number; readonly key: string }
  /** From here on the buyer cannot be sure that the hold still lives. */
  | { readonly kind: 'releaseSent'; readonly buyer: number; readonly holdId: string; readonly sentAtMs: number }
  | {
      readonly kind: 'releaseAcknowledged' | 'commitAcknowledged';
      readonly buyer: number;
      readonly holdId: string;
      readonly answeredAtMs: number;
      readonly position?: string | null;
    }
  | { readonly kind: 'commitSent'; readonly buyer: number; readonly holdId: string; readonly sentAtMs: number }
  /** An answer that no buyer expects: neither success, nor a refusal, nor "try again". */
  | { readonly kind: 'answerUnexpected'; readonly buyer: number; readonly route: string; readonly status: number; readonly code: string }
  /** A buyer's page showed an older version after a newer one, or more units than exist. */
  | { readonly kind: 'pushWrong'; readonly buyer: number; readonly what: string }
  /** `hadUnit`: at some time this buyer held or bought one. `bought`: and kept it. `cameToBuy`: meant to. */
  | { readonly kind: 'left'; readonly buyer: number; readonly cameToBuy: boolean; readonly hadUnit: boolean; readonly bought: boolean };

/** What the merchant did before the doors opened, and was told. */
export interface Opening {
  readonly sku: string;
  readonly stock: number;
}

export interface BookLevel {
  readonly location: string;
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly allotted: number;
  readonly damaged: number;
  readonly safetyStock: number;
}

export interface BookMovement {
  readonly kind: string;
  readonly location: string;
  /** Change of `on_hand`, signed. */
  readonly delta: number;
}

export interface BookHold {
  readonly status: string;
  readonly quantity: number;
}

/** What the server's books say afterwards. A hold that the server does not know is absent. */
export interface Books {
  readonly levels: readonly BookLevel[];
  readonly movements: readonly BookMovement[];
  readonly holds: ReadonlyMap<string, BookHold>;
}
