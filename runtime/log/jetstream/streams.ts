/**
 * The streams of the log: one per shard, each with one subject, and what their settings must be.
 *
 * T1. A stream that would drop frames by itself, keep them in memory only or keep fewer copies than asked is
 *     refused, also when it is found so later; nothing is put right silently.
 * T2. What was asked for is compared with what the server says it made: older servers ignore what they do not know.
 */
import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
  JetStreamApiError,
} from '@nats-io/jetstream';
import { LogMisconfigured, LogUnavailable, type Shard } from '../port.ts';

export interface StreamNames {
  readonly stream: (shard: Shard) => string;
  readonly subject: (shard: Shard) => string;
}

export function streamNames(prefix: string): StreamNames {
  return { stream: (shard) => `${prefix}_${shard}`, subject: (shard) => `${prefix.toLowerCase().replaceAll('_', '.')}.${shard}` };
}

function wantedConfig(names: StreamNames, shard: Shard, replicas: number): Partial<StreamConfig> & { readonly name: string } {
  return {
    name: names.stream(shard),
    subjects: [names.subject(shard)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New, // the default throws the oldest frames away when a limit is reached
    num_replicas: replicas,
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    max_msgs_per_subject: -1,
    deny_delete: true,
    deny_purge: false, // trimming
    allow_rollup_hdrs: false,
    no_ack: false,
  };
}

/** Null when there is none. Throws `LogMisconfigured`. */
export async function findStream(
  manager: JetStreamManager,
  names: StreamNames,
  shard: Shard,
  replicas: number,
): Promise<StreamInfo | null> {
  try {
    const info = await manager.streams.info(names.stream(shard));
    assertSafe(info.config, wantedConfig(names, shard, replicas));
    return info;
  } catch (error) {
    if (isStreamMissing(error)) return null;
    throw error;
  }
}

/** From the server's own catalogue of errors (nats-server, server/errors.json). */
const streamNotFound = 10059;

export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === streamNotFound;
}

/** The name is in use, the subjects overlap: said to one of two who make the same stream at once. */
const madeByAnother: readonly number[] = [10058, 10065];

const lookEveryMs = 250;
const looksMax = 20;

/**
 * Makes the stream, or finds it made by another. Throws `LogMisconfigured`.
 *
 * Where two make the same stream at once, a cluster of 2.9 leaves some of those who lost without any answer: whether
 * the stream is there is looked at as well.
 */
export async function makeStream(manager: JetStreamManager, names: StreamNames, shard: Shard, replicas: number): Promise<void> {
  const wanted = wantedConfig(names, shard, replicas);
  const ended = new AbortController();
  const made = manager.streams.add({ ...wanted }).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && !madeByAnother.includes(error.code)) throw error;
    return null;
  });
  const seen = lookedFor(manager, names, shard, replicas, ended.signal);
  try {
    const info = await Promise.race([made.then((answer) => answer ?? seen), seen.then((found) => found ?? made)]);
    if (info === null) throw new LogUnavailable(`stream ${wanted.name} could not be made: nobody answered`);
    assertSafe(info.config, wanted); // T2
  } finally {
    ended.abort();
  }
}

/** Null: not seen for as long as an answer may take. */
async function lookedFor(
  manager: JetStreamManager,
  names: StreamNames,
  shard: Shard,
  replicas: number,
  ended: AbortSignal,
): Promise<StreamInfo | null> {
  for (let look = 0; look < looksMax && !ended.aborted; look++) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    if (ended.aborted) return null;
    const info = await findStream(manager, names, shard, replicas).catch((error: unknown) => {
      if (error instanceof LogMisconfigured) throw error;
      return null; // nobody can tell now
    });
    if (info !== null) return info;
  }
  return null;
}

/** T1. More copies than asked endanger nothing. */
function assertSafe(found: StreamConfig, wanted: Partial<StreamConfig>): void {
  const unsafe = (Object.keys(wanted) as (keyof StreamConfig)[]).filter((key) =>
    key === 'num_replicas' ? found.num_replicas < wanted.num_replicas! : !isSame(found[key], wanted[key]),
  );
  if (unsafe.length === 0) return;
  const words = unsafe.map((key) => `${key} is ${JSON.stringify(found[key] ?? null)} instead of ${JSON.stringify(wanted[key])}`);
  throw new LogMisconfigured(
    `Stream ${found.name} would not keep the log safe: ${words.join(', ')}. Put it right with the nats tool, then start again.`,
  );
}

/** A setting that is not there has its zero value. */
function isSame(found: unknown, wanted: unknown): boolean {
  if (found === undefined) return wanted === false || wanted === 0 || wanted === -1;
  return JSON.stringify(found) === JSON.stringify(wanted);
}
