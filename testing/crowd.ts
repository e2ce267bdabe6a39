/**
 * Buyers who take one unit after the other straight from a node, each under an id of its own, repeating what got
 * no verdict. What they were told is all that is known about what must be true.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActorCommand, actorId } from '../actors/kernel/index.ts';
import type { Node } from '../runtime/node.ts';
import { ask, type Outcome } from '../runtime/router/port.ts';

export interface CrowdOptions {
  readonly buyersAtOnce: number;
  readonly store: string;
  readonly sku: string;
  readonly waitMs?: number;
}

const waitDefaultMs = 2_000;
/** A refusal comes at once: without a pause the loop of buyers would starve everybody else. */
const againAfterMs = 5;

export class Crowd {
  readonly acknowledged = new Set<string>();
  readonly #node: Node;
  readonly #options: CrowdOptions;
  #going = true;
  #abandoned = false;
  #taken = 0;
  readonly #ended: Promise<unknown>;

  constructor(node: Node, options: CrowdOptions) {
    this.#node = node;
    this.#options = options;
    this.#ended = Promise.all(Array.from({ length: options.buyersAtOnce }, () => this.#buy()));
  }

  /** When every buyer has heard about its last unit. */
  async stop(): Promise<void> {
    this.#going = false;
    await this.#ended;
  }

  /** Where nobody is left who could answer. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.stop();
  }

  async #buy(): Promise<void> {
    while (this.#going) {
      const holdId = `hold-${this.#taken++}`;
      while (!(await this.#take(holdId))) {
        if (this.#abandoned) return;
        await sleep(againAfterMs);
      }
    }
  }

  async #take(holdId: string): Promise<boolean> {
    const { store, sku, waitMs = waitDefaultMs } = this.#options;
    const outcome = await sendStock(this.#node, store, sku, holdOf(holdId), waitMs);
    if (outcome.kind === 'reply') this.acknowledged.add(holdId);
    return outcome.kind === 'reply';
  }
}

export function holdOf(holdId: string): ActorCommand {
  const nearness = [{ location: 'main', rank: 0 }];
  return { type: 'hold', holdId, fingerprint: 'f', buyer: holdId, quantity: 1, ttlMs: 600_000, nearness } as ActorCommand;
}

export function receiptOf(commandId: string, quantity: number): ActorCommand {
  return { type: 'receive', location: 'main', quantity, commandId, fingerprint: 'f' } as ActorCommand;
}

export function sendStock(node: Node, store: string, sku: string, command: ActorCommand, waitMs = waitDefaultMs): Promise<Outcome> {
  return ask(node, { actor: actorId('stock', store, sku), command, class: 'client', waitMs });
}
