/**
 * Sending as an impatient world does: sometimes twice at once, sometimes cutting the first connection; always until the
 * answer is known, under the same key. And waiting for units as people do.
 */
import { pause, sendUntilDecided, type Undecided } from '../api.ts';
import type { HttpClient, HttpOutcome, HttpRequest } from '../http/client.ts';
import { nowMs } from '../measure/now.ts';
import type { Random } from '../random.ts';
import type { BuyerPlan } from './plan.ts';
import type { Watcher } from './watcher.ts';

export interface Sending {
  readonly client: HttpClient;
  readonly plan: Pick<BuyerPlan, 'cutsAfterMs' | 'sendsTwice'>;
  /** Mischief is made with the first requests only. */
  readonly first: boolean;
  readonly untilMs: number;
  readonly countRetry: (why: 'again' | 'lost' | 'cut' | 'twice') => void;
  /** A fault of the server's own: tried again like any other, but the verdict shall say so. */
  readonly onServerFault: (answer: Extract<Undecided, { kind: 'again' }>) => void;
}

/** Who has sent a request wants to know what became of it, however impatient. */
export const decisionMs = 120_000;

export async function sendWithMischief<Answer extends { readonly kind: string; readonly endedAtMs: number }>(
  sending: Sending,
  request: HttpRequest,
  read: (outcome: HttpOutcome) => Answer | Undecided,
): Promise<(Answer | Undecided)[]> {
  const { client, plan, first, countRetry } = sending;
  const counted = (outcome: HttpOutcome): Answer | Undecided => {
    const answer: Answer | Undecided = read(outcome);
    if (answer.kind === 'again' || answer.kind === 'lost') countRetry(answer.kind);
    if (answer.kind === 'again' && 'status' in answer && answer.status === 500) sending.onServerFault(answer);
    return answer;
  };
  if (plan.cutsAfterMs !== null && first) {
    countRetry('cut');
    await client.request({ ...request, timeoutMs: plan.cutsAfterMs });
  }
  const decided = (): Promise<Answer | Undecided> =>
    sendUntilDecided(client, request, counted, Math.max(sending.untilMs, nowMs() + decisionMs));
  if (!plan.sendsTwice || !first) return [await decided()];
  countRetry('twice');
  return Promise.all([decided(), decided()]);
}

const waitMsMin = 400;
const waitMsMax = 3_000;
const slowWaitMsMax = 5_000;
const wakeJitterMs = 150;

export interface Waiting {
  readonly watcher: Watcher | null;
  readonly random: Random;
  readonly attempts: number;
  readonly lastAnswerTookMs: number;
}

export async function waitForUnits({ watcher, random, attempts, lastAnswerTookMs }: Waiting): Promise<void> {
  // Who waits long for an answer does not ask again sooner than that: a slow server is not hammered.
  const waitMs =
    Math.max(Math.min(slowWaitMsMax, lastAnswerTookMs), Math.min(waitMsMax, waitMsMin * 1.6 ** attempts)) * (0.5 + random.next());
  if (watcher === null) return pause(waitMs);
  // A page that shows units is worth a try at once; the time limit covers a sale that ends without a push.
  await watcher.untilUnits(waitMs * 2);
  return pause(random.next() * wakeJitterMs);
}
