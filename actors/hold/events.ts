/**
 * What can happen to a multi-line hold. Format 1.
 *
 * V1. Events hold what was decided, not what follows from it: the demand per SKU, the parts and what is
 *     owed to them are derived in `apply`, so that a thousand lines are logged once and not three times.
 * V2. An event about a part names it whole (kind, SKU, generation, attempt). The kind is absent for stock, as in format 1.
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';
import type { LocationQuantity, Nearness, PartKey } from '../stock/commands.ts';
import type { HoldLine, LineKind } from './commands.ts';

/** A part as the events of one hold name it: the hold itself goes without saying. */
export type PartName = Omit<PartKey, 'holdId'> & { readonly kind?: LineKind; readonly sku: string };

export interface Asking {
  readonly generation: number;
  readonly attempt: number;
  readonly commandId: string;
  readonly fingerprint: string;
  readonly lines: readonly HoldLine[];
  readonly nearness: readonly Nearness[];
  readonly expiresAt: Instant;
  /** Parts must be taken by then, or the attempt is refused `too_late`. */
  readonly notAfter: Instant;
}

export type HoldEvent =
  /** A hold is asked for where none is live: the first time, again after a refusal, or anew after an end. */
  | ({ readonly type: 'asked'; readonly buyer: string | null } & Asking)
  | ({ readonly type: 'partTaken'; readonly allocations: readonly LocationQuantity[] } & PartName)
  /** Turns the attempt into a refusal; a later one of an earlier line only replaces the reason. */
  | ({ readonly type: 'partRefused'; readonly cause: ActorRefusal } & PartName)
  | ({ readonly type: 'partReleased' } & PartName)
  | ({ readonly type: 'partShrunk' } & PartName)
  | ({ readonly type: 'partCommitted' } & PartName)
  | { readonly type: 'held' }
  | { readonly type: 'refused' }
  /** A live hold is to be changed: what grew is asked for, everything else stays as it is. */
  | ({ readonly type: 'changeAsked' } & Asking)
  /** The change is whole: its lines are the hold's lines from here on, the surplus is given back. */
  | { readonly type: 'switched' }
  | { readonly type: 'changeRefused' }
  | { readonly type: 'extended'; readonly commandId: string; readonly fingerprint: string; readonly expiresAt: Instant }
  /** From here on no part can refuse and nothing can release. */
  | { readonly type: 'committing' }
  | { readonly type: 'committed' }
  | { readonly type: 'releasing' }
  | { readonly type: 'released' }
  | { readonly type: 'expiring' }
  | { readonly type: 'expired' };

export type HoldEventOf<Type extends HoldEvent['type']> = Extract<HoldEvent, { readonly type: Type }>;
