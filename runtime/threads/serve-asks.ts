/** The other end of `AskedThread`: carries out what it is asked, and answers in the order in which things are done. */
import type { MessagePort } from 'node:worker_threads';
import type { Answered, Asked } from './messages.ts';
import { together } from './together.ts';

export function serveAsks<Ask, Answer>(carryOut: (ask: Ask) => Promise<Answer>, asker: Pick<MessagePort, 'on' | 'postMessage'>): void {
  const say = together<Answered<Answer>>((answers) => asker.postMessage(answers));
  asker.on('message', (asked: readonly Asked<Ask>[]) => {
    for (const { id, ask } of asked) void answered(id, () => carryOut(ask)).then(say);
  });
}

async function answered<Answer>(id: number, carryOut: () => Promise<Answer>): Promise<Answered<Answer>> {
  try {
    return { id, answer: await carryOut() };
  } catch (error) {
    return { id, mistake: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
