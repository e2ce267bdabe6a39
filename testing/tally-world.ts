/** One node with tallies on a gated log, a manual clock and rows in memory: the world of the runtime's tests. */
import { actorId } from '../actors/kernel/index.ts';
import { type Limits, limits } from '../runtime/limits.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { MemoryRowStore } from '../runtime/rows/memory.ts';
import type { RowStore } from '../runtime/rows/port.ts';
import type { Outcome } from '../runtime/router/port.ts';
import { noServices, type Services } from '../runtime/router/services.ts';
import { GatedLog } from './gated-log.ts';
import { ManualClock } from './manual-clock.ts';
import { type TallyCommand, tallyDefinition } from './tally-actor.ts';

export interface Sent {
  /** Undefined while no answer has come. */
  outcome: Outcome | undefined;
}

export class TallyWorld {
  readonly clock = new ManualClock();
  readonly log = new GatedLog(this.clock);
  readonly rows: RowStore = new MemoryRowStore({ kinds: [tallyDefinition], clock: this.clock });
  readonly published: { id: string; version: number; total: unknown }[] = [];
  readonly lost: number[] = [];
  #nonces = 0;
  node: Node;

  constructor(
    options: {
      readonly limits?: Partial<Limits>;
      readonly shardCount?: number;
      readonly rows?: (rows: RowStore) => RowStore;
      readonly services?: Services;
      readonly restsInRows?: true;
    } = {},
  ) {
    this.rows = options.rows?.(this.rows) ?? this.rows;
    this.#options = options;
    this.node = this.newNode();
  }

  readonly #options: {
    readonly limits?: Partial<Limits>;
    readonly shardCount?: number;
    readonly services?: Services;
    readonly restsInRows?: true;
  };

  newNode(clusterId = '00000000-0000-4000-8000-000000000001'): Node {
    const node = new Node({
      clusterId,
      incarnation: '00000000-0000-4000-8000-000000000002',
      shardCount: this.#options.shardCount ?? 1,
      definitions: [this.#options.restsInRows === true ? { ...tallyDefinition, restsInRows: true } : tallyDefinition],
      services: this.#options.services ?? noServices,
      log: this.log,
      rows: this.rows,
      clock: this.clock,
      logger: silentLogger,
      limits: { ...limits, ...this.#options.limits },
      nonce: () => (this.#nonces++).toString(16).padStart(16, '0'),
      onShardLost: (shard) => this.lost.push(shard),
    });
    node.live.subscribe((views) => {
      for (const view of views) this.published.push({ id: view.id, version: view.version, total: view.item.total });
    });
    return node;
  }

  async start(node = this.node): Promise<void> {
    const started = node.start();
    started.catch(() => {}); // awaited below, after the clock has run
    await this.clock.settle();
    await started;
  }

  send(
    id: string,
    command: TallyCommand,
    options: { readonly class?: 'client' | 'internal'; readonly waitMs?: number; readonly node?: Node } = {},
  ): Sent {
    const sent: Sent = { outcome: undefined };
    const envelope = {
      actor: actorId('tally', 's', id),
      command,
      class: options.class ?? 'client',
      waitMs: options.waitMs ?? 10_000,
    } as const;
    (options.node ?? this.node).send(envelope, (outcome) => {
      sent.outcome = outcome;
    });
    return sent;
  }

  async ask(id: string, command: TallyCommand, node = this.node): Promise<Outcome | undefined> {
    const sent = this.send(id, command, { node });
    await this.clock.settle();
    return sent.outcome;
  }
}

/** The total an answer carries, or its code: short enough for a table. */
export function short(outcome: Outcome | undefined): number | string | undefined {
  if (outcome === undefined) return undefined;
  if (outcome.kind === 'reply') return (outcome.reply as { total: number }).total;
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.code;
}
