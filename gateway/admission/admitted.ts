/** A request whose work goes through a door: it is let in, or told when to come again. */
import { problemAnswer } from '../http/answers.ts';
import type { Respond } from '../http/route.ts';
import type { Admission } from './admission.ts';

export interface Admitted {
  readonly storeId: string;
  readonly first: boolean;
  readonly respond: Respond;
  /** Over with its answer. */
  readonly work: (answer: Respond) => Promise<void>;
  /** Instead of saying so. */
  readonly turnedAway?: (saySo: () => void) => void;
}

/** Rejects when the work does. */
export function admitted(
  admission: Admission,
  { storeId, first, respond, work, turnedAway = (saySo) => saySo() }: Admitted,
): Promise<void> {
  return new Promise((resolve) => {
    admission.enter(storeId, {
      first,
      begin(leave) {
        const answer: Respond = (one) => {
          leave();
          respond(one);
        };
        const left = work(answer).catch((error: unknown) => {
          leave();
          throw error;
        });
        resolve(left);
      },
      turnAway(retryAfterMs) {
        turnedAway(() => respond(problemAnswer('overloaded', { retryAfterMs })));
        resolve();
      },
    });
  });
}
