/** Presses with the client of our load tests, where there is no wrk: one Node event loop, which saturates first. */
import { HttpClient, parseTarget } from '../../http/client.ts';
import { EffortMeter } from '../../measure/effort.ts';
import { Latencies } from '../../measure/latencies.ts';
import { nowMs } from '../../measure/now.ts';
import type { HttpPress, HttpWork, Pressed } from './press.ts';

const answerTimeoutMs = 10_000;

export async function pressOurselves({ request }: Pick<HttpWork, 'request'>, { url, connections, seconds }: HttpPress): Promise<Pressed> {
  const client = new HttpClient({
    address: parseTarget(url),
    connectionsMax: connections,
    waitingMax: connections,
    timeoutMs: answerTimeoutMs,
  });
  const counts = { done: 0, refused: 0, failed: 0 };
  const latencies = new Latencies();
  const effort = new EffortMeter(null);
  const startedAtMs = nowMs();
  const untilMs = startedAtMs + seconds * 1_000;
  const loop = async (): Promise<void> => {
    while (nowMs() < untilMs) {
      const outcome = await client.request(request());
      if (outcome.endedAtMs > untilMs) return; // its time was up before it was answered: wrk would have cut it, too
      if (outcome.kind === 'lost') counts.failed += 1;
      else {
        if (outcome.status > 399) counts.refused += 1;
        else counts.done += 1;
        latencies.record(outcome.endedAtMs - outcome.sentAtMs);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, loop));
  } finally {
    client.close();
  }
  return {
    ...counts,
    seconds,
    perSecond: counts.done / seconds,
    p50Ms: latencies.percentileMs(50) ?? 0,
    p99Ms: latencies.percentileMs(99) ?? 0,
    generatorCores: effort.read().generatorCores,
  };
}
