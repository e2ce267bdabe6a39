/**
 * A retry storm: buyers who ask again after `againMs`, whatever they were told and however long they were told to wait,
 * until they have what they came for; then each comes for the next (closed loop).
 *
 * R1. Who asks again asks the same: the same words under the same key. So what was done and is asked for again must be done once.
 * R2. What is answered in the first `rampSeconds` does not count: before that there is no storm.
 */
import { HttpClient, type HttpRequest, parseTarget } from '../../http/client.ts';
import { nowMs } from '../../measure/now.ts';

export interface Storm {
  readonly url: string;
  readonly buyers: number;
  readonly againMs: number;
  readonly seconds: number;
  /** Before those seconds. */
  readonly rampSeconds?: number;
  /** Another one each time. */
  readonly request: () => HttpRequest;
}

export interface Weathered {
  readonly donePerSecond: number;
  /** Answers that something was created, those before and after the counted seconds too. */
  readonly created: number;
  readonly askedPerSecond: number;
  readonly refusedPerSecond: number;
  /** No answer came. */
  readonly lost: number;
}

const created = 201;
const answerTimeoutMs = 15_000;

export async function weather(storm: Storm): Promise<Weathered> {
  const { url, buyers, againMs, seconds, rampSeconds = 0, request } = storm;
  const client = new HttpClient({ address: parseTarget(url), connectionsMax: buyers, waitingMax: buyers, timeoutMs: answerTimeoutMs });
  const counts = { done: 0, created: 0, asked: 0, refused: 0, lost: 0 };
  const startedAtMs = nowMs();
  const countedFromMs = startedAtMs + rampSeconds * 1_000;
  const endsAtMs = countedFromMs + seconds * 1_000;

  const buy = async (wanted: HttpRequest): Promise<void> => {
    while (nowMs() < endsAtMs) {
      counts.asked += 1;
      const outcome = await client.request(wanted); // R1
      if (outcome.kind === 'lost') counts.lost += 1;
      else if (outcome.status === created) {
        counts.created += 1;
        if (outcome.endedAtMs >= countedFromMs && outcome.endedAtMs <= endsAtMs) counts.done += 1; // R2
        return;
      } else counts.refused += 1;
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  };
  const buyer = async (): Promise<void> => {
    while (nowMs() < endsAtMs) await buy(request());
  };
  try {
    await Promise.all(Array.from({ length: buyers }, buyer));
  } finally {
    client.close();
  }
  const wholeSeconds = rampSeconds + seconds;
  return {
    donePerSecond: counts.done / seconds,
    created: counts.created,
    askedPerSecond: counts.asked / wholeSeconds,
    refusedPerSecond: counts.refused / wholeSeconds,
    lost: counts.lost,
  };
}
