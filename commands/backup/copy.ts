/**
 * COPY over the connection of plain `pg`, in both directions, one piece at a time: the socket is paused while a
 * piece waits to be taken, and the next piece is sent when the last one has left. Memory stays flat.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';

/** What `pg` has but does not declare. */
interface CopyConnection {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** Piles up at most what one read of the socket brings. */
export async function* copyOut(client: pg.Client, text: string): AsyncGenerator<Buffer> {
  const pieces: Buffer[] = [];
  let stream: Socket | null = null;
  let end = 'open' as 'open' | 'done' | Error;
  let wake = () => {};
  const finish = (how: 'done' | Error) => {
    if (end === 'open') end = how;
    stream?.resume(); // paused by the last piece, it would stay so for every later query
    wake();
  };
  client.query({
    submit(connection: pg.Connection) {
      const copy = connection as unknown as CopyConnection;
      stream = copy.stream;
      copy.query(text);
    },
    handleCopyData({ chunk }: { chunk: Buffer }) {
      pieces.push(Buffer.from(chunk));
      stream?.pause();
      wake();
    },
    handleCommandComplete() {},
    handleReadyForQuery: () => finish('done'),
    handleError: (error: Error) => finish(error),
  } as pg.Submittable);
  for (;;) {
    const piece = pieces.shift();
    if (piece !== undefined) yield piece;
    else if (end === 'done') return;
    else if (end !== 'open') throw end as Error;
    else {
      const waiting = new Promise<void>((resolve) => (wake = resolve));
      (stream as Socket | null)?.resume();
      await waiting;
    }
  }
}

export async function copyIn(client: pg.Client, text: string, content: AsyncIterable<Buffer>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let failure: Error | null = null;
    client.query({
      submit: (connection: pg.Connection) => (connection as unknown as CopyConnection).query(text),
      handleCopyInResponse(connection: CopyConnection) {
        send(connection, content).catch((error: Error) => {
          failure = error;
          connection.sendCopyFail(error.message);
        });
      },
      handleCommandComplete() {},
      handleReadyForQuery: () => (failure === null ? resolve() : reject(failure)),
      // Inside an explicit transaction readiness follows, but `pg` tells only one of the two.
      handleError: (error: Error) => reject(failure ?? error),
    } as pg.Submittable);
  });
}

async function send(connection: CopyConnection, content: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of content) {
    connection.sendCopyFromChunk(piece);
    if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
  }
  connection.endCopyFrom();
}
