/**
 * Kills the process it is loaded into (`--import`) at an exact point of one append. The file named by
 * ONHAND_TEST_KILL says which: `sent <word>` or `acknowledged <word>`; without the file nothing happens.
 *
 * E1. `sent`: every byte of the first frame that says the word is with the kernel, no answer to it has been read.
 * E2. `acknowledged`: the log has said that it holds the frame, nobody else in the process knows it yet.
 * E3. The file is gone before the kill: whoever starts again on the same folder is left alone.
 */
import { readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { sourcesOfProcess } from '../../runtime/config.ts';
import { JetStreamLog } from '../../runtime/log/jetstream.ts';
import type { AppendOutcome, EncodedFrame, Log } from '../../runtime/log/port.ts';
import { PostgresLog } from '../../runtime/log/postgres.ts';

type Point = 'sent' | 'acknowledged';

const file = sourcesOfProcess({}).environment['ONHAND_TEST_KILL'];
if (file === undefined) throw new Error('ONHAND_TEST_KILL names the file that says where to end');
const order = file;
/** A frame on its way to either log begins so; nothing else that is sent does. */
const magic = 'OHFR';

function isDue(point: Point, bytes: Uint8Array): boolean {
  const said = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!said.includes(magic)) return false;
  try {
    const [wanted, word] = readFileSync(order, 'utf8').split(' ');
    return wanted === point && word !== undefined && said.includes(word);
  } catch {
    return false; // no order given
  }
}

function end(): void {
  rmSync(order); // E3
  process.kill(process.pid, 'SIGKILL');
}

// Node's own overloads cannot be written down here: what is not looked at is handed on as it came.
type Write = (this: Socket, ...given: unknown[]) => boolean;
const sockets = Socket.prototype as unknown as { write: Write };
const trueWrite = sockets.write;
sockets.write = function write(...given) {
  const [bytes] = given;
  if (!(bytes instanceof Uint8Array) || !isDue('sent', bytes)) return trueWrite.apply(this, given);
  const written = trueWrite.call(this, bytes);
  // Corked with the rest of its statement: an empty write behind it all says when the kernel has it.
  process.nextTick(() => trueWrite.call(this, Buffer.alloc(0), end)); // E1
  return written;
};

for (const log of [PostgresLog.prototype, JetStreamLog.prototype] as readonly Pick<Log, 'append'>[]) {
  const trueAppend = log.append;
  log.append = async function append(this: Log, shard, expected, frame: EncodedFrame): Promise<AppendOutcome> {
    const outcome = await trueAppend.call(this, shard, expected, frame);
    if (outcome.kind === 'acked' && isDue('acknowledged', frame.bytes)) end(); // E2
    return outcome;
  };
}
