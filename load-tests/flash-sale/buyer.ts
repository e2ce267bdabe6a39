/**
 * One virtual buyer: arrives, tries to get one unit, and does with it what the plan says. Records what it
 * saw; draws no conclusions.
 *
 * B1. A buyer told `final: false` keeps trying until it has a unit or is told `final: true`.
 * B2. A request whose outcome is unknown is sent again under its own key, never under a new one.
 * B3. A buyer ends: with a unit, with a final answer, or when its patience is at an end (and says so).
 */
import {
  type EndAnswer,
  type HoldAnswer,
  type Sender,
  type Undecided,
  commitRequest,
  holdRequest,
  pause,
  readDoneAnswer,
  readEndAnswer,
  readHoldAnswer,
  releaseRequest,
  sendUntilDecided,
} from '../api.ts';
import type { Observation } from '../auditor/observations.ts';
import type { HttpClient, HttpOutcome, HttpRequest, HttpTimes } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import { type Random, makeRandom } from '../random.ts';
import { sendWithMischief, waitForUnits } from './mischief.ts';
import type { BuyerPlan } from './plan.ts';
import type { Watcher } from './watcher.ts';

export interface BuyerWorld {
  readonly client: HttpClient;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly sku: string;
  /** Part of every key, so that two runs never share one. */
  readonly run: string;
  readonly holdTtlSeconds: number;
  readonly expiringTtlSeconds: number;
  readonly patienceMs: number;
  readonly observe: (observation: Observation) => void;
  /** Definite answers, for latency and timeline. `subject` tells the answer to a request sent twice from two events. */
  readonly measure: (event: SaleEvent, subject: string, answer: HttpTimes) => void;
  readonly countRetry: (why: 'again' | 'lost' | 'cut' | 'twice') => void;
  /** Got beforehand by those who were on the page before the doors opened. */
  readonly tokens: ReadonlyMap<number, string>;
}

export type SaleEvent = 'hold' | 'commit' | 'refusal' | 'release';

interface Unit {
  readonly holdId: string;
  readonly expiresAtMs: number;
}

type Attempt =
  | { readonly kind: 'unit'; readonly unit: Unit }
  | { readonly kind: 'none'; readonly final: boolean }
  | { readonly kind: 'stop' };

/** A new anonymous buyer's token, or null (and an observation) when there is none to be had. */
export async function newToken(
  world: Pick<BuyerWorld, 'client' | 'publishableKey' | 'observe'>,
  buyer: number,
  untilMs: number,
): Promise<string | null> {
  const route = 'POST /v1/buyers';
  const request: HttpRequest = {
    method: 'POST',
    path: '/v1/buyers',
    headers: { Authorization: `Bearer ${world.publishableKey}` },
    body: {},
  };
  const answer = await sendUntilDecided(world.client, request, readDoneAnswer, untilMs);
  const body = answer.kind === 'done' ? answer.body : null;
  const token = body !== null && typeof body === 'object' && 'token' in body ? body['token'] : null;
  if (typeof token === 'string') return token;
  const [status, code] = answer.kind === 'unexpected' || answer.kind === 'again' ? [answer.status, answer.code] : [0, answer.kind];
  world.observe({ kind: 'answerUnexpected', buyer, route, status, code });
  return null;
}

export class Buyer {
  readonly #world: BuyerWorld;
  readonly #plan: BuyerPlan;
  readonly #random: Random;
  readonly #watcher: Watcher | null;
  #attempts = 0;
  #hadUnit = false;
  #patienceEndsAtMs = 0;
  #lastAnswerTookMs = 0;

  constructor(world: BuyerWorld, plan: BuyerPlan, watcher: Watcher | null) {
    this.#world = world;
    this.#plan = plan;
    this.#watcher = watcher;
    this.#random = makeRandom(plan.seed);
  }

  async run(): Promise<void> {
    this.#patienceEndsAtMs = nowMs() + this.#world.patienceMs;
    const token = this.#world.tokens.get(this.#plan.index) ?? (await newToken(this.#world, this.#plan.index, this.#patienceEndsAtMs));
    const bought = token !== null && (await this.#shop({ kind: 'buyer', publishableKey: this.#world.publishableKey, token }));
    this.#world.observe({
      kind: 'left',
      buyer: this.#plan.index,
      cameToBuy: this.#plan.behaviour === 'buy',
      hadUnit: this.#hadUnit,
      bought,
    }); // B3
  }

  async #shop(sender: Sender): Promise<boolean> {
    while (nowMs() < this.#patienceEndsAtMs) {
      const attempt = await this.#tryToHold(sender);
      if (attempt.kind === 'stop') return false;
      if (attempt.kind === 'unit') {
        this.#hadUnit = true;
        const ending = await this.#endAsPlanned(sender, attempt.unit);
        if (ending !== 'tooLate') return ending === 'bought';
      } else if (attempt.final) {
        return false;
      } else {
        const [watcher, random, attempts] = [this.#watcher, this.#random, this.#attempts];
        await waitForUnits({ watcher, random, attempts, lastAnswerTookMs: this.#lastAnswerTookMs }); // B1
      }
    }
    return false;
  }

  async #tryToHold(sender: Sender): Promise<Attempt> {
    const key = `${this.#world.run}-${this.#plan.index}-hold-${this.#attempts}`;
    this.#attempts += 1;
    const ttlSeconds = this.#plan.behaviour === 'expire' ? this.#world.expiringTtlSeconds : this.#world.holdTtlSeconds;
    const request = holdRequest(sender, key, [{ sku: this.#world.sku, quantity: 1 }], ttlSeconds);
    const firstSentAtMs = nowMs();
    const answers = await this.#sendWithMischief(request, readHoldAnswer);
    for (const answer of answers) this.#observeHold(key, firstSentAtMs, answer);
    this.#lastAnswerTookMs = Math.max(0, ...answers.map((candidate) => candidate.endedAtMs - candidate.askedAtMs));
    const answer =
      answers.find((candidate) => candidate.kind === 'held') ?? answers.find((candidate) => candidate.kind === 'refused') ?? answers[0];
    if (answer === undefined) return { kind: 'stop' };
    if (answer.kind === 'held') return { kind: 'unit', unit: { holdId: answer.holdId, expiresAtMs: answer.expiresAtMs } };
    if (answer.kind === 'refused') return { kind: 'none', final: answer.final };
    if (answer.kind === 'ended') return { kind: 'none', final: false };
    this.#observeUnexpected('POST /v1/holds', answer);
    return { kind: 'stop' };
  }

  async #endAsPlanned(sender: Sender, unit: Unit): Promise<'bought' | 'left' | 'tooLate'> {
    if (this.#plan.behaviour === 'expire') {
      await pause(Math.max(0, unit.expiresAtMs - nowMs()));
      return 'left';
    }
    await pause(this.#plan.thinkMs);
    return this.#plan.behaviour === 'abandon' ? this.#release(sender, unit) : this.#commit(unit);
  }

  async #commit(unit: Unit): Promise<'bought' | 'left' | 'tooLate'> {
    const merchant: Sender = { kind: 'merchant', secretKey: this.#world.secretKey };
    this.#world.observe({ kind: 'commitSent', buyer: this.#plan.index, holdId: unit.holdId, sentAtMs: nowMs() });
    const answers = await this.#sendWithMischief(
      commitRequest(merchant, `${this.#world.run}-${this.#plan.index}-commit-${unit.holdId}`, unit.holdId),
      readEndAnswer,
    );
    for (const answer of answers) {
      if (answer.kind === 'done') this.#observeEnd('commitAcknowledged', unit, answer);
      else if (answer.kind !== 'ended') this.#observeUnexpected('POST /v1/holds/{id}/commit', answer);
    }
    if (answers.some((answer) => answer.kind === 'done')) return 'bought';
    return answers.some((answer) => answer.kind === 'ended') ? 'tooLate' : 'left';
  }

  async #release(sender: Sender, unit: Unit): Promise<'left'> {
    this.#world.observe({ kind: 'releaseSent', buyer: this.#plan.index, holdId: unit.holdId, sentAtMs: nowMs() });
    const answers = await this.#sendWithMischief(releaseRequest(sender, unit.holdId), readEndAnswer);
    for (const answer of answers) {
      if (answer.kind === 'done') this.#observeEnd('releaseAcknowledged', unit, answer);
      else if (answer.kind !== 'ended') this.#observeUnexpected('DELETE /v1/holds/{id}', answer);
    }
    return 'left';
  }

  /** B2. */
  #sendWithMischief<Answer extends HoldAnswer | EndAnswer>(
    request: HttpRequest,
    read: (outcome: HttpOutcome) => Answer | Undecided,
  ): Promise<(Answer | Undecided)[]> {
    const sending = {
      client: this.#world.client,
      plan: this.#plan,
      first: this.#attempts <= 1,
      untilMs: this.#patienceEndsAtMs,
      countRetry: this.#world.countRetry,
      onServerFault: (answer: Undecided) => this.#observeUnexpected(request.path.replace(/hold_[^/]+/, '{id}'), answer),
    };
    return sendWithMischief(sending, request, read);
  }

  #observeHold(key: string, firstSentAtMs: number, answer: HoldAnswer): void {
    const common = { buyer: this.#plan.index, key, sentAtMs: answer.sentAtMs, answeredAtMs: answer.endedAtMs };
    if (answer.kind === 'held') {
      const { holdId, expiresAtMs, position } = answer;
      this.#world.observe({ kind: 'holdAcknowledged', ...common, holdId, quantity: 1, expiresAtMs, firstSentAtMs, position });
      this.#world.measure('hold', answer.holdId, answer);
    } else if (answer.kind === 'refused') {
      const { final, available, held, position } = answer;
      this.#world.observe({ kind: 'holdRefused', ...common, final, available, held, position });
      this.#world.measure('refusal', key, answer);
    } else if (answer.kind === 'ended') {
      this.#world.observe({ kind: 'holdEndedUnseen', buyer: this.#plan.index, key });
    }
  }

  #observeEnd(
    kind: 'commitAcknowledged' | 'releaseAcknowledged',
    unit: Unit,
    answer: HttpTimes & { readonly position: string | null },
  ): void {
    const { position, endedAtMs: answeredAtMs } = answer;
    this.#world.observe({ kind, buyer: this.#plan.index, holdId: unit.holdId, answeredAtMs, position });
    this.#world.measure(kind === 'commitAcknowledged' ? 'commit' : 'release', unit.holdId, answer);
  }

  #observeUnexpected(
    route: string,
    answer: { readonly kind: string; readonly status?: number; readonly code?: string; readonly reason?: string },
  ): void {
    this.#world.observe({
      kind: 'answerUnexpected',
      buyer: this.#plan.index,
      route,
      status: answer.status ?? 0,
      code: answer.code ?? answer.reason ?? answer.kind,
    });
  }
}
