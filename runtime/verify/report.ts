/**
 * The verdict over all shards: of a running node, or of a store that nobody runs. One shard after the other,
 * so that a running one stands still only for as long as its own books take.
 */
import type { ActorState, AnyActorDefinition, Json } from '../../actors/kernel/index.ts';
import type { Limits } from '../limits.ts';
import { LogDamaged } from '../frame/frame.ts';
import { type LogReader, logStart } from '../log/port.ts';
import type { Node } from '../node.ts';
import type { RowStore } from '../rows/port.ts';
import { TableSet } from '../rows/table-set.ts';
import { type FoldedActor, ShardFold } from './fold.ts';
import { type Difference, type ShardVerdict, type VerifyRequest, verifyShard, verifyStrays } from './verify-shard.ts';

export interface VerifyReport {
  readonly checked: { readonly skus: number; readonly holds: number; readonly orders: number; readonly frames: number };
  readonly differences: readonly Difference[];
  readonly ok: boolean;
}

export interface Books {
  /** Where history is trimmed: archive and log as one chain. */
  readonly log: LogReader;
  readonly rows: RowStore;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly limits: Limits;
  readonly shardCount: number;
  /** Wall time, for books that nobody runs. */
  readonly now: () => number;
  /** See `VerifyRequest`. */
  readonly inspect?: (actor: FoldedActor) => void;
}

export type OnProgress = (shard: number, frame: number) => void;

/** Each shard stands still at one frame while it is compared. `store`: report on this one alone (I6). */
export async function verifyRunning(node: Node, books: Books, store: string | null, onProgress?: OnProgress): Promise<VerifyReport> {
  return verifyAll(books, store, onProgress, async (shard, request) => {
    const fold = new ShardFold({ ...request, rowsUpTo: Number.POSITIVE_INFINITY });
    await fold.advance((await books.log.tail(shard)).frame); // the shard goes on meanwhile
    return node.shard(shard).standStill(({ frame, at, residents }) => {
      const memory = new Map<string, ActorState>();
      for (const { key, state, residence } of residents) if (residence.kind === 'resident') memory.set(key, state);
      return verifyShard({ ...request, fold, upTo: frame, at, memory });
    });
  });
}

/** Memory is what the next owner would load. */
export async function verifyStopped(books: Books, onProgress?: OnProgress): Promise<VerifyReport> {
  return verifyAll(books, null, onProgress, async (shard, request) => {
    const tail = await books.log.tail(shard);
    if (tail.frame === logStart.frame) return { shard, frames: 0, actors: new Map(), rows: new Map(), differences: [] };
    return verifyShard({ ...request, upTo: tail.frame, at: books.now(), memory: null });
  });
}

type VerifyOne = (shard: number, request: Omit<VerifyRequest, 'upTo' | 'at' | 'memory' | 'fold'>) => Promise<ShardVerdict>;

async function verifyAll(
  books: Books,
  store: string | null,
  onProgress: OnProgress | undefined,
  verifyOne: VerifyOne,
): Promise<VerifyReport> {
  const { log, rows, definitions, limits, inspect } = books;
  const tables = new TableSet([...definitions.values()]);
  const verdicts: ShardVerdict[] = [];
  for (let shard = 0; shard < books.shardCount; shard++) {
    const onFrame = (frame: number) => onProgress?.(shard, frame);
    const shared = { shard, log, rows, definitions, tables, limits, store, onFrame, ...(inspect === undefined ? {} : { inspect }) };
    verdicts.push(await orDamage(shard, store, verifyOne(shard, shared)));
  }
  const strays = await verifyStrays({ rows, tables, store, shardCount: books.shardCount });
  return summary(verdicts, strays);
}

/** Damage to the log is a finding: the verdict must name the frame, not break off. What exactly is wrong may
 *  name actors of any store, so that a store is told only where (I6). */
async function orDamage(shard: number, store: string | null, verdict: Promise<ShardVerdict>): Promise<ShardVerdict> {
  try {
    return await verdict;
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    const difference: Difference = {
      shard,
      store: '',
      key: `log/${shard}/${error.frame}`,
      what: store === null ? error.message : 'the log is damaged at this frame',
      log: error.frame,
      memory: null,
      postgres: null,
      frame: error.frame,
    };
    return { shard, frames: error.frame, actors: new Map(), rows: new Map(), differences: [difference] };
  }
}

function summary(verdicts: readonly ShardVerdict[], strays: readonly Difference[]): VerifyReport {
  const sum = (of: (verdict: ShardVerdict) => number) => verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const known = new Set(verdicts.flatMap((verdict) => verdict.differences.map(({ store, key }) => `${store}/${key}`)));
  const differences = [
    ...verdicts.flatMap((verdict) => verdict.differences),
    ...strays.filter(({ store, key }) => !known.has(`${store}/${key}`)),
  ];
  return {
    checked: {
      skus: sum(({ actors }) => actors.get('stock') ?? 0),
      holds: sum(({ rows }) => (rows.get('stock_holds') ?? 0) + (rows.get('holds') ?? 0)),
      orders: sum(({ actors }) => actors.get('order') ?? 0),
      frames: sum(({ frames }) => frames),
    },
    differences,
    ok: differences.length === 0,
  };
}

/** What the outside sees of a difference. */
export function shownDifference({ store, key, what, log, memory, postgres, payments }: Difference): { readonly [field: string]: Json } {
  return { store, key, what, log, memory, postgres, ...(payments === undefined ? {} : { payments }) };
}
