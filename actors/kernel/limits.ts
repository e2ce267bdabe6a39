/** Limits that actors themselves must know. `runtime/limits.ts` takes them in and asserts the relations. */
export const holdLimits = {
  linesMax: 1_000,
  holdTtlDefaultMs: 600_000,
  holdTtlMinMs: 5_000,
  holdTtlMaxMs: 3_600_000,
  /** Total life of a hold over all its extensions. */
  holdLifeMaxMs: 4 * 3_600_000,
  /** How long an ended hold is remembered, so that a repeat finds its answer; shrinks when memory is full. */
  holdRepeatHorizonMs: 3_600_000,
  holdRepeatHorizonMinMs: 60_000,
  /** How long outcomes of the merchant's commands are remembered. */
  commandRepeatHorizonMs: 24 * 3_600_000,
  /** Outcomes and ended holds one actor remembers. */
  repeatsMax: 1_000_000,
  /** Answered extensions and changes one multi-line hold remembers; each answer may name a thousand lines. */
  holdOutcomesMax: 100,
  /** A part asks after its hold this long past the hold's expiry. */
  partGraceMs: 10_000,
  /** A part must be taken within this of being asked for. */
  partTakeWithinMs: 30_000,
  /** Tombstones outlive `notAfter` by this. */
  tombstoneSkewMs: 2_000,
  /** Holds one tick may end: bounds the size of a decision. The next tick follows at once. */
  endingsPerTickMax: 500,
} as const;
