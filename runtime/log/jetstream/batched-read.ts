/**
 * Many messages of one stream in order, up to a sequence known beforehand: through a consumer that is fetched
 * from in batches, as single questions would take ten times as long.
 *
 * Q1. The server counts what it delivers; a number that is left out was lost on the way and ends the read with an
 *     error. A sequence that is left out is a hole in the stream and is left to be seen by whoever checks the chain.
 * Q2. The consumer may run on a server that lags behind the stream's leader: "nothing more" means nothing there, the
 *     read ends at the sequence it was asked for and nowhere else.
 * Q3. It ends in bounded time, also when the connection is lost or the reader walks away, and takes its consumer along.
 */
import { AckPolicy, type Consumer, DeliverPolicy, jetstream, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { LogUnavailable } from '../port.ts';
import type { Link } from './link.ts';
import type { Message } from './message.ts';

/** In the largest usual frames this is 50 MB, below what a server lets wait for one client. */
const batchMessagesMax = 200;
const batchWithinMs = 5_000;
const consumerForgottenMs = 60_000;

export interface Span {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
}

export async function* readBatched(link: Link, manager: JetStreamManager, { stream, first, last }: Span): AsyncIterable<Message> {
  const consumer = await link.unlessLost(openConsumer(link, manager, stream, first));
  try {
    let delivered = 0;
    for (let next = first; next <= last; ) {
      const batch = await fetchBatch(link, consumer, Math.min(batchMessagesMax, last - next + 1));
      if (batch.length === 0) throw new LogUnavailable(`${stream} gave nothing from sequence ${next} on within ${batchWithinMs} ms`); // Q2
      for (const message of batch) {
        delivered += 1;
        if (message.info.deliverySequence !== delivered) throw new LogUnavailable(`a message of ${stream} was lost on the way`); // Q1
        next = message.seq + 1;
        if (message.seq <= last) yield { seq: message.seq, subject: message.subject, header: message.headers!, data: message.data };
      }
    }
  } finally {
    consumer.delete().catch(() => {}); // Q3; where nobody hears it, the server forgets the consumer by itself
  }
}

async function openConsumer(link: Link, manager: JetStreamManager, stream: string, first: number): Promise<Consumer> {
  const { name } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: first,
    inactive_threshold: nanos(consumerForgottenMs),
    mem_storage: true,
    num_replicas: 1,
  });
  return jetstream(link.connection).consumers.get(stream, name);
}

async function fetchBatch(link: Link, consumer: Consumer, count: number): Promise<JsMsg[]> {
  const messages = await link.unlessLost(consumer.fetch({ max_messages: count, expires: batchWithinMs }));
  const batch: JsMsg[] = [];
  const all = (async () => {
    for await (const message of messages) batch.push(message);
  })();
  try {
    await link.unlessLost(all);
    return batch;
  } finally {
    messages.stop();
  }
}
