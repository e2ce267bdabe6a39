/**
 * The judge: sees every frame as it becomes durable, every answer as it leaves and as it arrives, every
 * view as it is published, and what nodes show of themselves. It makes no traffic and repairs nothing.
 *
 * Checked after every step: I1 to I5 and I7. At the end, after a tail without faults: I8 and I9, and that
 * memory, rows and log say the same (`finish.ts`), and that one order explains what clients were told of each
 * SKU that can be judged so (`histories.ts`). Of checkouts: what must have happened before what (`checkout-watch.ts`), and at
 * the end the books of money, numbers, codes and carts (`checkout-books.ts`).
 */
import { type ActorId, actorKey, type AnyActorDefinition, type LiveView } from '../../actors/kernel/index.ts';
import type { Limits } from '../../runtime/limits.ts';
import type { EncodedFrame, Shard } from '../../runtime/log/port.ts';
import type { AnswerPosition, Outcome } from '../../runtime/router/port.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { isDeepStrictEqual } from 'node:util';
import { type Act, type Attempt, describe, isVerdict, type Verdict } from './acts.ts';
import { CheckoutBooks } from './checkout-books.ts';
import { CheckoutWatch } from './checkout-watch.ts';
import type { Witness } from './clients.ts';
import { Histories } from './histories.ts';
import type { Host } from './host.ts';
import { Ledger } from './ledger.ts';
import { LogFold } from './log-fold.ts';
import { NotDone } from './not-done.ts';
import { SecondOpinion } from './second-opinion.ts';
import type { Shop } from './shop.ts';
import { hold, Violation } from './violation.ts';

export interface AuditorDeps {
  readonly definitions: readonly AnyActorDefinition[];
  readonly shardCount: number;
  readonly shop: Shop;
  readonly limits: Limits;
  readonly nowMs: () => number;
}

/** What happened at least once: a run in which something never did has not tried it. */
export type Seen = Map<string, number>;

export class Auditor implements Witness {
  readonly fold: LogFold;
  readonly ledger: Ledger;
  readonly notDone = new NotDone();
  readonly histories: Histories;
  readonly checkouts: CheckoutWatch;
  readonly books = new CheckoutBooks();
  readonly seen: Seen = new Map();
  /** Every hold anybody asked for, by id. */
  readonly holds = new Map<string, Act>();
  /** Orders and carts that anybody wanted something of. */
  readonly checkoutActors = new Map<string, ActorId>();
  readonly #deps: AuditorDeps;
  readonly #opinion = new SecondOpinion();
  /** Which act made the events that end at a place in the log, and the other way round (I3, I5). */
  readonly #makers = new Map<string, number>();
  readonly #places = new Map<number, string>();
  /** The newest view version published, per gateway: one here. */
  readonly #published = new Map<string, { epoch: number; version: number }>();

  /** How much each node had done when it was last looked at. */
  readonly #turnsSeen = new WeakMap<Host, number>();

  constructor(deps: AuditorDeps) {
    this.#deps = deps;
    this.fold = new LogFold(deps.definitions, deps.shardCount, deps.nowMs);
    this.ledger = new Ledger(deps.shop, deps.limits.clockSkewMaxMs);
    this.checkouts = new CheckoutWatch(this.fold);
    this.fold.onEvent = (actor, logged) => {
      this.checkouts.landed(actor, logged);
      if (actor.id.kind === 'order') this.#count(`event ${logged.event.type}`);
      this.ledger.landed(actor.id, logged.event);
    };
    this.histories = new Histories(deps.shop, deps.limits.clockSkewMaxMs);
  }

  landed(shard: Shard, frame: EncodedFrame): void {
    this.fold.landed(shard, frame);
    this.#checkFrameTime(shard, frame.frame);
  }

  wanted(act: Act): void {
    this.ledger.wanted(act);
    this.histories.wanted(act);
    this.books.wanted(act);
    if (act.actor.kind === 'order' || act.actor.kind === 'cart') this.checkoutActors.set(actorKey(act.actor), act.actor);
    if (act.command.type === 'hold') this.holds.set(act.command.holdId, act);
    if (act.command.type === 'take') this.holds.set(act.actor.id, act);
  }

  sent(act: Act, message: number): void {
    this.notDone.sent(act);
    this.histories.sent(act, message, this.#deps.nowMs());
  }

  heard(act: Act, message: number, outcome: Outcome): void {
    this.histories.told(act, message, outcome, this.#deps.nowMs());
  }

  left(host: Host, attempt: Attempt, outcome: Outcome): void {
    this.notDone.left(attempt.act, outcome);
    this.#count(
      outcome.kind === 'refused'
        ? `refused ${outcome.refusal.code}`
        : outcome.kind === 'unavailable'
          ? `unavailable ${outcome.code}`
          : `${attempt.act.command.type} accepted`,
    );
    if (!isVerdict(outcome)) return;
    this.#checkDurable(host, attempt.act, outcome.position);
    const actor = this.fold.actor(actorKey(attempt.act.actor));
    const isReplaced = this.fold.epoch(outcome.position.shard) > outcome.position.epoch;
    const made = this.#opinion.check(attempt.act, outcome, this.fold.definition(attempt.act.actor.kind), actor, isReplaced);
    if (made && outcome.kind === 'reply' && !outcome.repeated) this.#checkOnce(attempt.act, outcome.position);
  }

  told(act: Act, verdict: Verdict): void {
    this.ledger.told(act, verdict);
    this.books.told(act, verdict);
  }

  /** What a client is told must not be older than what any client had seen when it asked (I4). */
  passed(attempt: Attempt, verdict: Verdict): void {
    hold(
      verdict.position.frame >= attempt.seenFrame,
      'I4',
      () =>
        `${describe(attempt.act)} was answered as of frame ${verdict.position.frame}, when frame ${attempt.seenFrame} had been seen before it was asked`,
    );
  }

  published(host: Host, views: readonly LiveView[], position: AnswerPosition): void {
    this.#checkIsInLog(host, 'a view', position);
    for (const view of views) {
      const key = `${view.channel} ${view.store}/${view.id}`;
      const before = this.#published.get(key);
      if (before !== undefined && position.epoch < before.epoch) continue; // the gateway drops it
      hold(
        before === undefined || view.version > before.version,
        'I4',
        () => `${key} was published as version ${view.version} after ${before?.version}`,
      );
      this.#published.set(key, { epoch: position.epoch, version: view.version });
      this.#checkView(key, view, position);
    }
  }

  /** After every step. */
  check(hosts: readonly Host[]): void {
    this.fold.checkChanged();
    for (const host of hosts) {
      const { turns } = host.process;
      if (!host.isAlive || this.#turnsSeen.get(host) === turns) continue;
      this.#turnsSeen.set(host, turns);
      this.#checkBounds(host);
    }
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** I3: nothing leaves before the newest frame it rests on is durable. */
  #checkDurable(host: Host, act: Act, position: AnswerPosition): void {
    const shard = shardOf(act.actor, this.#deps.shardCount);
    hold(position.shard === shard, 'I3', () => `${describe(act)} was answered by shard ${position.shard}, but belongs to ${shard}`);
    this.#checkIsInLog(host, `the answer to ${describe(act)}`, position);
  }

  #checkIsInLog(host: Host, what: string, { shard, frame, epoch }: AnswerPosition): void {
    const durable = this.fold.frame(shard, frame);
    hold(
      durable !== undefined,
      'I3',
      () => `${what} left ${host.name} at frame ${frame} of shard ${shard}, but the log ends at ${this.fold.tail(shard).frame}`,
    );
    hold(
      durable.epoch <= epoch,
      'I3',
      () => `${what} left ${host.name} as epoch ${epoch}, but frame ${frame} of shard ${shard} is of epoch ${durable.epoch}`,
    );
  }

  /** I3, I5: one effect per key, and every effect has one maker. */
  #checkOnce(act: Act, { shard, frame, index }: AnswerPosition): void {
    const place = `${shard}.${frame}.${index}`;
    const maker = this.#makers.get(place) ?? act.number;
    hold(maker === act.number, 'I5', () => `${describe(act)} and #${maker} were both answered with the event at ${place}`);
    this.#makers.set(place, act.number);
    if (!('commandId' in act.command) && act.command.type !== 'hold') return;
    const known = this.#places.get(act.number) ?? place;
    hold(known === place, 'I5', () => `${describe(act)} took effect at ${known} and again at ${place}`);
    this.#places.set(act.number, place);
  }

  #checkView(key: string, view: LiveView, position: AnswerPosition): void {
    const actor = this.fold.actor(`${view.channel}/${view.store}/${view.id}`);
    if (actor === undefined || actor.lastFrame !== position.frame) return;
    const frame = this.fold.frame(position.shard, position.frame);
    const expected = actor.definition.view(actor.id, actor.state, frame?.at ?? 0);
    hold(
      isDeepStrictEqual(view, expected),
      'I4',
      () => `${key} was published as ${JSON.stringify(view)}; the log says ${JSON.stringify(expected)}`,
    );
  }

  /** Frames are never dated ahead of the world, whatever wall clocks do: or holds would end early. */
  #checkFrameTime(shard: Shard, frame: number): void {
    const { at, landedAtMs } = this.fold.frame(shard, frame) ?? { at: 0, landedAtMs: 0 };
    hold(
      at <= landedAtMs + this.#deps.limits.clockSkewMaxMs,
      'I9',
      () => `frame ${frame} of shard ${shard} says it is ${at}, ${at - landedAtMs} ms ahead of the world`,
    );
  }

  /** A serving shard knows what time it is, within the skew that is allowed, or deadlines pass unserved. */
  #checkShardTime(host: Host, shard: Shard): void {
    const awayMs = host.node.shard(shard).now - this.#deps.nowMs();
    hold(
      Math.abs(awayMs) <= this.#deps.limits.clockSkewMaxMs,
      'I9',
      () => `${host.name} shard ${shard} tells the time ${Math.round(awayMs)} ms off`,
    );
  }

  #checkBounds(host: Host): void {
    const { limits } = this.#deps;
    const promisesMax = 2 * limits.framePromisesMax;
    for (const status of host.node.status) {
      if (status.phase === 'serving') this.#checkShardTime(host, status.shard);
      const bounds: readonly (readonly [string, number, number])[] = [
        // What a failed frame hands back comes on top of what was taken in meanwhile.
        ['client commands in the mailbox', status.mailbox.client, limits.mailboxClientMax + promisesMax],
        ['internal commands in the mailbox', status.mailbox.internal, limits.mailboxInternalMax + promisesMax],
        ['answers that wait for frames', status.promised, promisesMax],
        ['senders who wait for a later decision', status.tickets, limits.ticketsMax],
        ['resident actors', status.residents, limits.residentActorsMax + limits.residentInternalMax],
        ['unknown names', status.unknown, limits.unknownActorsMax],
        // Intake stops at the maximum; what was already in goes on to its end.
        [
          'unprojected frames',
          status.writeBehind.frames,
          limits.writeBehindFramesMax + limits.mailboxClientMax + limits.mailboxInternalMax,
        ],
      ];
      for (const [what, is, most] of bounds) {
        if (is > most) throw new Violation('I7', `${host.name} shard ${status.shard} has ${is} ${what}; at most ${most} are allowed`);
      }
    }
  }
}
