/** The buyer's side of 3-D Secure at a simulator of payments: the form on the page that the shop sends buyers to. */
import { pause } from '../api.ts';
import { nowMs } from '../measure/now.ts';

const retryMs = 300;

/** False: the page could not be reached, or does not know the payment. */
export async function answerProof(pageUrl: string, verdict: 'authorise' | 'fail', untilMs: number): Promise<boolean> {
  const url = new URL(pageUrl);
  const form = new URLSearchParams({ client_secret: url.searchParams.get('client_secret') ?? '', verdict });
  url.search = '';
  for (;;) {
    try {
      const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
      await answer.text();
      return answer.status === 200 || answer.status === 303;
    } catch {
      if (nowMs() > untilMs) return false;
      await pause(retryMs);
    }
  }
}
