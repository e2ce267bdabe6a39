/**
 * Real actors around one order, in one process and without a log: every effect is delivered at once, every answer
 * comes back at once, also one that had to wait. Only what is no actor (prices, payments) is the tiny outside of
 * `world.fixture.ts`.
 */
import {
  actorId,
  actorKey,
  assert,
  type ActorCommand,
  type ActorId,
  type ActorState,
  type AnyActorDefinition,
  type Decision,
  type Effect,
  type EffectOutcome,
  type Instant,
} from '../kernel/index.ts';
import { couponDefinition } from '../coupon/index.ts';
import { holdDefinition } from '../hold/index.ts';
import { stockDefinition } from '../stock/index.ts';
import { storeDefinition } from '../store/index.ts';
import { orderDefinition } from './index.ts';
import { World } from './world.fixture.ts';

const definitions: ReadonlyMap<string, AnyActorDefinition> = new Map(
  [holdDefinition, stockDefinition, couponDefinition, storeDefinition, orderDefinition].map((definition) => [
    definition.kind,
    definition as AnyActorDefinition,
  ]),
);

type AnyDecision = Decision<never, unknown, { readonly code: string }>;
type Answer = (outcome: EffectOutcome) => void;

export class Host {
  readonly world = new World();
  now: Instant;
  readonly #states = new Map<string, ActorState>();
  readonly #waiting = new Map<string, Answer[]>();
  /** Effects that are long on their way: delivered by `hurry`. */
  isLate: (effect: Effect) => boolean = () => false;
  #late: (() => void)[] = [];
  /** Effects that were delivered and are still owed are not delivered twice. */
  readonly #delivered = new Set<string>();

  constructor(now: Instant) {
    this.now = now;
  }

  /** The answer, also when it had to wait; null: it still waits when everything has come to rest. */
  ask(to: ActorId, command: ActorCommand): EffectOutcome | null {
    let answer: EffectOutcome | null = null;
    this.#send(to, command, (outcome) => {
      answer = outcome;
    });
    return answer;
  }

  stateOf<State extends ActorState>(id: ActorId): State {
    return this.#states.get(actorKey(id)) as State;
  }

  /** Every actor whose deadline has come. */
  tick(): void {
    for (const key of [...this.#states.keys()]) {
      const id = actorId(key.split('/')[0]!, key.split('/')[1]!, key.split('/').slice(2).join('/'));
      const definition = definitions.get(id.kind)!;
      const due = definition.deadline(this.#states.get(key)!);
      if (due !== null && due <= this.now) this.#send(id, definition.tick as ActorCommand, () => {});
    }
  }

  /** What was late comes now. */
  hurry(): void {
    this.isLate = () => false;
    for (const deliver of this.#late.splice(0)) deliver();
  }

  #send(to: ActorId, command: ActorCommand, answer: Answer): void {
    const definition = definitions.get(to.kind)!;
    const key = actorKey(to);
    const state = this.#states.get(key) ?? (definition.initial(to) as ActorState);
    const decision = definition.decide(state, command, this.now) as AnyDecision;
    const events = 'events' in decision ? (decision.events ?? []) : [];
    let after = state;
    for (const event of events) after = definition.apply(after, event, this.now, { record() {} }) as ActorState;
    this.#states.set(key, after);
    const wrong = definition.broken(after);
    assert(wrong.length === 0, `${key}: ${wrong.join('; ')}`);
    if (decision.kind === 'waiting') this.#wait(`${key} ${decision.ticket}`, answer);
    const settled = decision.kind === 'accepted' || decision.kind === 'waiting' ? (decision.settled ?? []) : [];
    for (const { ticket, outcome } of settled) this.#settle(`${key} ${ticket}`, outcome);
    this.#deliver(to, definition, after);
    if (decision.kind === 'refused') answer({ refusal: decision.refusal });
    else if (decision.kind !== 'waiting') answer({ reply: decision.reply });
  }

  #wait(ticket: string, answer: Answer): void {
    this.#waiting.set(ticket, [...(this.#waiting.get(ticket) ?? []), answer]);
  }

  #settle(ticket: string, outcome: EffectOutcome): void {
    const answers = this.#waiting.get(ticket) ?? [];
    this.#waiting.delete(ticket);
    for (const answer of answers) answer(outcome);
  }

  #deliver(from: ActorId, definition: AnyActorDefinition, state: ActorState): void {
    for (const effect of definition.pending(state)) {
      const name = `${actorKey(from)} ${effect.id}`;
      if (this.#delivered.has(name)) continue;
      this.#delivered.add(name);
      const answer: Answer = (outcome) => this.#send(from, definition.answered(effect, outcome) as ActorCommand, () => {});
      const deliver = (): void =>
        definitions.has(effect.to.kind) ? this.#send(effect.to, effect.command, answer) : answer(this.#outside(effect));
      if (this.isLate(effect)) this.#late.push(deliver);
      else deliver();
    }
  }

  #outside(effect: Effect): EffectOutcome {
    return this.world.ask(effect, this.now);
  }
}
