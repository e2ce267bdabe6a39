/** The other end of `PaymentsThread`: carries out what it is asked, and answers in the order in which things are done. */
import type { MessagePort } from 'node:worker_threads';
import type { PaymentAnswer, PaymentsPort } from '../port.ts';
import type { Answered, Asked } from './messages.ts';
import { together } from './together.ts';

export function servePayments(port: PaymentsPort, asker: Pick<MessagePort, 'on' | 'postMessage'>): void {
  const say = together<Answered>((answers) => asker.postMessage(answers));
  asker.on('message', (asked: readonly Asked[]) => {
    for (const one of asked) void carryOut(port, one).then(say);
  });
}

async function carryOut(port: PaymentsPort, { id, step, ask }: Asked): Promise<Answered> {
  try {
    return { id, answer: await (port[step] as (ask: Asked['ask']) => Promise<PaymentAnswer>).call(port, ask) };
  } catch (error) {
    return { id, mistake: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
