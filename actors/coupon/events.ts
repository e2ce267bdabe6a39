/** What can happen to a coupon. Format 1. */
import type { Instant } from '../kernel/index.ts';
import type { Once, PartKey } from '../stock/commands.ts';
import type { CouponTerms } from './commands.ts';
import type { FoldedUse } from './state.ts';

export type CouponEvent =
  | ({ readonly type: 'defined'; readonly terms: CouponTerms } & Once)
  | ({
      readonly type: 'use.taken';
      readonly buyer: string | null;
      readonly quantity: number;
      readonly checkAt: Instant;
      readonly notAfter: Instant;
    } & PartKey)
  /** Released before it was taken: a tombstone until `until`. */
  | ({ readonly type: 'use.forestalled'; readonly until: Instant } & PartKey)
  | ({ readonly type: 'use.released' } & PartKey)
  | ({ readonly type: 'use.shrunk'; readonly quantity: number } & PartKey)
  | ({ readonly type: 'use.committed' } & PartKey)
  /** `folded`: known by its count alone, so that the event says what it was. */
  | ({ readonly type: 'use.given_back'; readonly folded?: { readonly buyer: string | null; readonly quantity: number } } & PartKey)
  /** Committed long ago: their names are forgotten, their counts stay; `counted`: by buyer, too. */
  | { readonly type: 'uses.folded'; readonly uses: readonly FoldedUse[]; readonly counted: boolean }
  | ({ readonly type: 'use.asked' } & PartKey)
  | ({ readonly type: 'use.kept'; readonly checkAt: Instant } & PartKey);
