/**
 * Services that answer effects and are no actors: prices, payments. An effect whose `to.kind` names one goes to it
 * instead of to a shard.
 *
 * V1. A service may be asked for the same effect again while it still works on it, and after it answered: it knows
 *     the command by what the command names (I5), never by when it came.
 * V2. It answers only what is definite. What it cannot tell (the other side is away, a call timed out) is `null`, and
 *     the runtime asks again with backoff.
 * V3. It bounds its own concurrency (I7) and answers `null` beyond.
 */
import type { ActorCommand, ActorId, EffectOutcome } from '../../actors/kernel/index.ts';

export type Service = (to: ActorId, command: ActorCommand) => Promise<EffectOutcome | null>;

/** By kind. A kind is a service or an actor, never both. */
export type Services = ReadonlyMap<string, Service>;

export const noServices: Services = new Map();
