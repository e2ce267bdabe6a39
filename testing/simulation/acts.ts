/** What a client of a simulated world wants done, and what is told about it. */
import type { ActorId, ActorRefusal } from '../../actors/kernel/index.ts';
import type { CartCommand } from '../../actors/cart/index.ts';
import type { CouponCommand } from '../../actors/coupon/index.ts';
import type { HoldCommand } from '../../actors/hold/commands.ts';
import type { OrderCommand } from '../../actors/order/index.ts';
import type { StockCommand } from '../../actors/stock/commands.ts';
import type { StoreCommand } from '../../actors/store/index.ts';
import type { AnswerPosition, Outcome } from '../../runtime/router/port.ts';

/** One thing a client wants, whatever it takes: every attempt sends the same command. */
export interface Act {
  readonly number: number;
  readonly actor: ActorId;
  readonly command: StockCommand | HoldCommand | CartCommand | CouponCommand | OrderCommand | StoreCommand;
  /** Sent in one attempt only, whatever comes of it. */
  readonly isOnce: boolean;
}

export type Verdict =
  | { readonly kind: 'reply'; readonly reply: unknown; readonly repeated: boolean; readonly position: AnswerPosition; readonly at: number }
  | { readonly kind: 'refused'; readonly refusal: ActorRefusal; readonly position: AnswerPosition; readonly at: number };

export function isVerdict(outcome: Outcome): outcome is Verdict {
  return outcome.kind !== 'unavailable';
}

const asksOn: ReadonlySet<string> = new Set(['place', 'pay', 'cancel']);

/** Whoever buys asks on while the same order is under way: that is no end. */
export function isBusy({ command }: Act, verdict: Verdict): boolean {
  return verdict.kind === 'refused' && verdict.refusal.code === 'in_progress' && asksOn.has(command.type);
}

/** One sending of an act. */
export interface Attempt {
  readonly act: Act;
  readonly number: number;
  /** The newest position of each shard any client had been told of when this was first sent. */
  readonly seenFrame: number;
}

export function describe(act: Act): string {
  return `#${act.number} ${act.command.type} ${act.actor.kind}/${act.actor.store}/${act.actor.id}`;
}
