/**
 * Delivers what actors owe to the outside, at least once, until their state no longer owes it.
 *
 * E1. Nothing is sent before the frame that caused the debt is acknowledged (I3).
 * E2. A debt is sent again after `effectTimeoutMs`, doubling up to `effectBackoffMaxMs`; the receiver
 *     recognises it (I5).
 * E3. Debts are derived from state, so a crash forgets none: activation finds them again.
 * E4. All of this holds for services as for actors; a service that cannot tell is asked again.
 * E5. A service is asked again at least every `serviceBackoffMaxMs`: it bounds its own calls and turns away what it
 *     cannot send without sending anything, and what is owed to it moves at once when whoever stands behind it is back.
 */
import type { Effect, EffectOutcome } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import type { Logger } from '../logger.ts';
import type { Outcome, Router } from '../router/port.ts';
import type { Services } from '../router/services.ts';
import { type Activation, type Debt, noDebts } from './activation.ts';

export interface EffectsDeps {
  readonly router: Router;
  readonly services: Services;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly halted: () => boolean;
}

export class Effects {
  readonly #deps: EffectsDeps;
  readonly #debts = new Set<Debt>();
  #sweeping = false;

  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#debts.size;
  }

  /** The actor's debts as of an acknowledged state: new ones are sent, settled ones forgotten. */
  update(activation: Activation, effects: readonly Effect[]): void {
    const before = activation.owed;
    const owed = new Map<string, Debt>();
    const incurred: Debt[] = [];
    for (const effect of effects) {
      const known = before.get(effect.id);
      const debt = known ?? { activation, effect, attempts: 0, dueAtMs: 0 };
      if (known === undefined) incurred.push(debt);
      owed.set(effect.id, debt);
    }
    for (const debt of before.values()) if (owed.get(debt.effect.id) !== debt) this.#debts.delete(debt);
    activation.owed = owed.size === 0 ? noDebts : owed;
    for (const debt of incurred) {
      this.#debts.add(debt);
      this.#send(debt);
    }
    this.#sweepLater();
  }

  /** The actor leaves memory: whoever loads it again finds its debts in its state (E3). */
  forget(activation: Activation): void {
    for (const debt of activation.owed.values()) this.#debts.delete(debt);
    activation.owed = noDebts;
  }

  #send(debt: Debt): void {
    const { limits, clock, router } = this.#deps;
    const { to, command } = debt.effect;
    const service = this.#deps.services.get(to.kind);
    const backoffMaxMs = service === undefined ? limits.effectBackoffMaxMs : limits.serviceBackoffMaxMs; // E5
    const backoffMs = Math.min(limits.effectTimeoutMs * 2 ** Math.min(debt.attempts, 16), backoffMaxMs);
    debt.attempts++;
    debt.dueAtMs = clock.monotonicMs() + backoffMs;
    if (service !== undefined) return this.#ask(debt, service(to, command));
    router.send({ actor: to, command, class: 'internal', waitMs: limits.effectTimeoutMs }, (outcome) => this.#received(debt, outcome));
  }

  #ask(debt: Debt, answer: Promise<EffectOutcome | null>): void {
    answer.then(
      (outcome) => {
        if (outcome !== null) this.#answered(debt, outcome); // else E2
      },
      (error: unknown) => this.#deps.logger.error({ effect: debt.effect.id, error: String(error) }, 'a service failed; it is asked again'),
    );
  }

  #received(debt: Debt, outcome: Outcome): void {
    if (outcome.kind === 'unavailable') return; // E2: the sweep sends it again
    this.#answered(debt, outcome.kind === 'reply' ? { reply: outcome.reply } : { refusal: outcome.refusal });
  }

  #answered({ activation, effect }: Debt, outcome: EffectOutcome): void {
    if (this.#deps.halted()) return;
    const command = activation.definition.answered(effect, outcome);
    this.#deps.router.send({ actor: activation.id, command, class: 'internal', waitMs: this.#deps.limits.effectTimeoutMs }, () => {});
  }

  #sweepLater(): void {
    if (this.#sweeping || this.#debts.size === 0) return;
    this.#sweeping = true;
    this.#deps.clock.after(this.#deps.limits.effectSweepMs, () => {
      this.#sweeping = false;
      if (this.#deps.halted()) return;
      const now = this.#deps.clock.monotonicMs();
      for (const debt of [...this.#debts]) if (debt.dueAtMs <= now) this.#send(debt);
      this.#sweepLater();
    });
  }
}
