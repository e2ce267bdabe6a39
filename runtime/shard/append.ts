/**
 * Appends a frame and does not rest until its fate is known (L3).
 *
 * A publish that timed out may still land. Reading the tail settles nothing, because the frame can land
 * after the read; only a barrier frame that takes the same place in the log does. Until the verdict no
 * answer leaves the shard.
 */
import type { Clock } from '../clock.ts';
import type { EncodedFrame, Log, Position, Shard } from '../log/port.ts';

export type AppendVerdict =
  | { readonly kind: 'landed' }
  /** Proven not to be in the log; `tail` is where it now ends. */
  | { readonly kind: 'absent'; readonly tail: Position }
  /** Somebody else owns the shard. */
  | { readonly kind: 'fenced' }
  /** Not written; the log has no room. */
  | { readonly kind: 'full' }
  /** The owner was halted meanwhile. */
  | { readonly kind: 'halted' };

export interface AppendDeps {
  readonly log: Log;
  readonly shard: Shard;
  readonly clock: Clock;
  readonly retryMs: number;
  readonly halted: () => boolean;
  readonly onUnknown: (cause: string) => void;
  /** A fresh barrier frame that follows `expected`. */
  readonly barrier: (expected: Position) => EncodedFrame;
}

export async function appendSettled(deps: AppendDeps, expected: Position, frame: EncodedFrame): Promise<AppendVerdict> {
  for (;;) {
    const outcome = await deps.log.append(deps.shard, expected, frame);
    if (deps.halted()) return { kind: 'halted' };
    switch (outcome.kind) {
      case 'acked':
        return { kind: 'landed' };
      case 'stale':
        return { kind: 'fenced' };
      case 'full':
        return { kind: 'full' };
      case 'unknown':
        deps.onUnknown(outcome.cause);
        if (outcome.notWritten !== true) return settle(deps, expected, frame);
    }
    await pause(deps.clock, deps.retryMs);
    if (deps.halted()) return { kind: 'halted' };
  }
}

/** A log that refuses our place and shows nothing there is not the log we wrote: a take-over will judge it. */
const emptyLooksMax = 20;

async function settle(deps: AppendDeps, expected: Position, frame: EncodedFrame): Promise<AppendVerdict> {
  const { log, shard, halted } = deps;
  const barriers = new Map<string, Position>();
  let emptyLooks = 0;
  for (;;) {
    const barrier = deps.barrier(expected);
    barriers.set(barrier.hash, { frame: barrier.frame, hash: barrier.hash });
    const outcome = await log.append(shard, expected, barrier);
    if (halted()) return { kind: 'halted' };
    if (outcome.kind === 'acked') return { kind: 'absent', tail: { frame: barrier.frame, hash: barrier.hash } };
    if (outcome.kind === 'stale') {
      const there = await hashAt(deps, frame.frame);
      if (halted()) return { kind: 'halted' };
      if (there === frame.hash) return { kind: 'landed' };
      const ours = there === null ? undefined : barriers.get(there);
      if (ours !== undefined) return { kind: 'absent', tail: ours };
      if (there !== null || ++emptyLooks === emptyLooksMax) return { kind: 'fenced' };
    }
    await pause(deps.clock, deps.retryMs);
    if (halted()) return { kind: 'halted' };
  }
}

/** What stands at a frame number; null when that cannot be read now. */
async function hashAt(deps: AppendDeps, frame: number): Promise<string | null> {
  try {
    for await (const stored of deps.log.read(deps.shard, frame)) return stored.frame === frame ? stored.hash : null;
    return null;
  } catch (error) {
    deps.onUnknown(String(error));
    return null;
  }
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
