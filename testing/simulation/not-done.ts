/**
 * "Not done, for certain" is a promise too: what was answered so, every time it was sent, must not be in
 * the log. Only `outcome_unknown` leaves it open.
 */
import { actorKey } from '../../actors/kernel/index.ts';
import type { Outcome, UnavailableCode } from '../../runtime/router/port.ts';
import { type Act, describe } from './acts.ts';
import type { LogFold } from './log-fold.ts';
import { hold } from './violation.ts';

const leavesOpen: readonly UnavailableCode[] = ['outcome_unknown'];

interface Tally {
  readonly act: Act;
  sent: number;
  surelyNot: number;
}

export class NotDone {
  readonly #tallies = new Map<number, Tally>();

  sent(act: Act): void {
    const tally = this.#tallies.get(act.number) ?? { act, sent: 0, surelyNot: 0 };
    tally.sent += 1;
    this.#tallies.set(act.number, tally);
  }

  left(act: Act, outcome: Outcome): void {
    const tally = this.#tallies.get(act.number);
    if (tally !== undefined && outcome.kind === 'unavailable' && !leavesOpen.includes(outcome.code)) tally.surelyNot += 1;
  }

  /** Once nothing is on its way any more. */
  check(fold: LogFold): void {
    const done = new Set<string>();
    for (const { id, logged } of fold.actors) {
      for (const { event } of logged) done.add(`${actorKey(id)} ${bodyOf(event)}`);
    }
    for (const { act, sent, surelyNot } of this.#tallies.values()) {
      const body = bodyOf(act.command);
      if (body === null || surelyNot < sent) continue;
      hold(
        !done.has(`${actorKey(act.actor)} ${body}`),
        'I3',
        () => `${describe(act)} was answered "not done" every time, and is in the log`,
      );
    }
  }
}

/** The fingerprint of a body: in these worlds every act has its own, and the event that it causes carries it. */
function bodyOf(thing: object): string | null {
  return 'fingerprint' in thing ? (thing.fingerprint as string) : null;
}
