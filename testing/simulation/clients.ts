/**
 * Clients and the network between them and the nodes: messages are delayed, overtaken, doubled and lost,
 * and a client asks again with the same id until it has a verdict.
 *
 * All clients stand behind one gateway, which drops answers of owners older than the newest it has heard
 * of (DESIGN 5, "a woken owner"). What this does not do: judge. Everything is told to a `Witness`.
 */
import type { Outcome } from '../../runtime/router/port.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { type Act, type Attempt, describe, isBusy, isVerdict, type Verdict } from './acts.ts';
import type { Host } from './host.ts';
import type { Trace } from './trace.ts';
import type { Weather } from './weather.ts';

export interface Witness {
  /** A client decided to want this. */
  wanted(act: Act): void;
  /** A copy of it is on its way to a node. */
  sent(act: Act, message: number): void;
  /** A node let an answer go: what it says must be durable by now. */
  left(host: Host, attempt: Attempt, outcome: Outcome): void;
  /** The gateway let the answer of this attempt through. */
  passed(attempt: Attempt, verdict: Verdict): void;
  /** The answer to this message reached the client. */
  heard(act: Act, message: number, outcome: Outcome): void;
  /** It was a verdict. */
  told(act: Act, verdict: Verdict): void;
}

export interface ClientsDeps {
  readonly weather: Weather;
  readonly trace: Trace;
  readonly shardCount: number;
  readonly witness: Witness;
  /** Where messages go now; null when no process listens. */
  readonly route: () => Host | null;
}

/** Clients who are sent away wait longer each time, up to this many times the first wait. */
const backoffMost = 6;

export class Clients {
  readonly #deps: ClientsDeps;
  /** Acts without a verdict yet. */
  readonly #open = new Map<number, Act>();
  readonly #seen: { epoch: number; frame: number }[];
  #sent = 0;
  #newestArrival = 0;

  constructor(deps: ClientsDeps) {
    this.#deps = deps;
    this.#seen = Array.from({ length: deps.shardCount }, () => ({ epoch: -1, frame: -1 }));
  }

  get openActs(): readonly Act[] {
    return [...this.#open.values()];
  }

  /** Tells the outcome once: a verdict, or null when an act that is not repeated found none. */
  want(act: Act, done: (verdict: Verdict | null) => void = () => {}): void {
    this.#deps.witness.wanted(act);
    this.#open.set(act.number, act);
    this.#attempt(act, 1, (verdict) => {
      this.#open.delete(act.number);
      done(verdict);
    });
  }

  #attempt(act: Act, number: number, done: (verdict: Verdict | null) => void): void {
    const { weather, trace } = this.#deps;
    const { random, scheduler, faults } = weather;
    const waitMs = random.integer(500, 5_000);
    let over = false;
    const again = (afterMs: number, why: string) => {
      if (over) return;
      over = true;
      cancelTimeout();
      if (act.isOnce) return done(null);
      faults.strike('command_retried');
      scheduler.after(afterMs, `client retries ${describe(act)} after ${why}`, () => this.#attempt(act, number + 1, done));
    };
    const cancelTimeout = scheduler.after(waitMs + 500, `client times out on ${describe(act)}`, () => again(0, 'silence'));
    const attempt: Attempt = { act, number, seenFrame: this.#seen[shardOf(act.actor, this.#deps.shardCount)]?.frame ?? -1 };
    const receive = (message: number, outcome: Outcome) => {
      if (!this.#mayPass(outcome)) return;
      this.#deps.witness.heard(act, message, outcome);
      if (!isVerdict(outcome)) return again(random.between(50, 800) * Math.min(number, backoffMost), outcome.code);
      trace.line(scheduler.nowMs, `told ${describe(act)}: ${outcomeText(outcome)}`);
      this.#deps.witness.passed(attempt, outcome);
      if (isBusy(act, outcome)) return again(random.between(200, 1_500) * Math.min(number, backoffMost), 'in progress');
      this.#deps.witness.told(act, outcome);
      if (over) return;
      over = true;
      cancelTimeout();
      done(outcome);
    };
    const copies = random.chance(weather.mix.commandDuplicated) ? 2 : 1;
    if (copies === 2) faults.strike('command_duplicated');
    for (let copy = 0; copy < copies; copy += 1) this.#send(attempt, waitMs, receive, () => again(100, 'no connection'));
  }

  #send(attempt: Attempt, waitMs: number, receive: (message: number, outcome: Outcome) => void, unreachable: () => void): void {
    const { weather } = this.#deps;
    const { random, scheduler, faults, mix } = weather;
    const message = (this.#sent += 1);
    if (random.chance(mix.commandLost)) return faults.strike('command_lost');
    this.#deps.witness.sent(attempt.act, message);
    const straggles = random.chance(mix.commandDuplicated);
    const delayMs = weather.hopMs() + (straggles ? random.between(0, 2_000) : 0);
    scheduler.after(delayMs, `network ${describe(attempt.act)}`, () => {
      if (message < this.#newestArrival) faults.strike('command_reordered');
      this.#newestArrival = Math.max(this.#newestArrival, message);
      const host = this.#deps.route();
      if (host === null) return unreachable();
      const { actor, command } = attempt.act;
      host.receive({ actor, command, class: 'client', waitMs }, (outcome) =>
        this.#answered(host, attempt, outcome, (heard) => receive(message, heard)),
      );
    });
  }

  #answered(host: Host, attempt: Attempt, outcome: Outcome, receive: (outcome: Outcome) => void): void {
    const { weather, witness, trace } = this.#deps;
    const { random, scheduler, faults, mix } = weather;
    trace.line(scheduler.nowMs, `${host.name} answers ${describe(attempt.act)}: ${outcomeText(outcome)}`);
    witness.left(host, attempt, outcome);
    if (random.chance(mix.answerLost)) return faults.strike('answer_lost');
    scheduler.after(weather.hopMs(), `network answer ${describe(attempt.act)}`, () => receive(outcome));
  }

  /** The gateway's part: nothing of an owner that has been replaced, as far as anybody here has heard. */
  #mayPass(outcome: Outcome): boolean {
    if (!isVerdict(outcome)) return true;
    const { shard, epoch, frame } = outcome.position;
    const seen = this.#seen[shard];
    if (seen === undefined || epoch < seen.epoch) return false;
    seen.epoch = epoch;
    seen.frame = Math.max(seen.frame, frame);
    return true;
  }
}

export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'unavailable') return outcome.code;
  const { shard, epoch, frame, index } = outcome.position;
  const what = outcome.kind === 'refused' ? outcome.refusal.code : outcome.repeated ? 'repeated' : 'reply';
  return `${what} @${shard}.${epoch}.${frame}.${index}`;
}
