/**
 * Very many open pages that cost their machine little: sockets spread over processes of their own, which say only how
 * many messages came and when the last socket had seen a value.
 *
 * W1. `open` returns when every socket is open, or throws with the reason; whatever was started is ended.
 * W2. A crowd that has lost a socket says so in its counts, and nothing waits for that socket for ever.
 */
import { parseTarget } from '../../http/client.ts';
import type { CrowdCounts, CrowdOrder, CrowdReport, CrowdTalk } from './crowd-wire.ts';
import { startedBy } from '../../../scripts/compile.mjs';
import { WorkerProcess } from '../worker-process.ts';

export interface CrowdOptions {
  /** Of the server, `http://…`. */
  readonly url: string;
  readonly path: string;
  readonly sockets: number;
  readonly processes: number;
  readonly talk: CrowdTalk;
  readonly openWithinMs?: number;
}

export interface Reached {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

interface Part {
  readonly worker: WorkerProcess<CrowdOrder, CrowdReport>;
  opened: boolean;
  counted: ((counts: CrowdCounts) => void) | null;
}

interface Progress {
  parts: number;
  firstAtMs: number;
  lastAtMs: number;
}

const workerFile = 'load-tests/bench/sockets/crowd.worker.ts';
const openWithinDefaultMs = 120_000;
const countWithinMs = 30_000;
/** Values that the whole crowd has reached are remembered for whoever asks late; older ones are forgotten. */
const reachedKept = 1_000;

export class SocketCrowd implements AsyncDisposable {
  readonly sockets: number;
  readonly #parts: Part[] = [];
  readonly #partly = new Map<number, Progress>();
  readonly #reached = new Map<number, Reached>();
  readonly #waiting = new Map<number, (reached: Reached) => void>();
  #failure: string | null = null;
  #onChange: () => void = () => {};

  private constructor(sockets: number) {
    this.sockets = sockets;
  }

  static async open(options: CrowdOptions): Promise<SocketCrowd> {
    const crowd = new SocketCrowd(options.sockets);
    try {
      await crowd.#open(options);
    } catch (error) {
      await crowd[Symbol.asyncDispose](); // W1
      throw error;
    }
    return crowd;
  }

  async counts(): Promise<CrowdCounts> {
    const each = await Promise.all(this.#parts.map((part) => this.#count(part)));
    const sum = (of: (counts: CrowdCounts) => number): number => each.reduce((total, counts) => total + of(counts), 0);
    return {
      open: sum(({ open }) => open),
      lost: sum(({ lost }) => lost),
      messages: sum(({ messages }) => messages),
      payloadBytes: sum(({ payloadBytes }) => payloadBytes),
      cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    };
  }

  /** When every socket has been shown so many units; null if that takes too long. Ask for each value once. */
  reached(available: number, withinMs: number): Promise<Reached | null> {
    const known = this.#reached.get(available);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(available);
        resolve(null);
      }, withinMs);
      this.#waiting.set(available, (reached) => {
        clearTimeout(timer);
        resolve(reached);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#parts.map(({ worker }) => worker[Symbol.asyncDispose]()));
  }

  async #open({ url, path, sockets, processes, talk, openWithinMs = openWithinDefaultMs }: CrowdOptions): Promise<void> {
    const { host, port } = parseTarget(url);
    const program = await startedBy(workerFile);
    for (let index = 0; index < processes; index += 1) {
      const worker = new WorkerProcess<CrowdOrder, CrowdReport>(
        program,
        (report) => this.#hear(part, report),
        (why) => this.#fail(why),
      );
      const part: Part = { worker, opened: false, counted: null };
      this.#parts.push(part);
      worker.order({ kind: 'open', host, port, path, sockets: shareOf(sockets, processes, index), talk });
    }
    await this.#untilOpen(openWithinMs);
  }

  #untilOpen(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(`not every socket was open within ${withinMs} ms`), withinMs);
      this.#onChange = () => {
        const isOpen = this.#parts.every(({ opened }) => opened);
        if (!isOpen && this.#failure === null) return;
        clearTimeout(timer);
        if (this.#failure !== null) reject(new Error(this.#failure));
        else resolve();
      };
      this.#onChange();
    });
  }

  #hear(part: Part, report: CrowdReport): void {
    switch (report.kind) {
      case 'opened':
        part.opened = true;
        return this.#onChange();
      case 'failed':
        return this.#fail(report.why);
      case 'counted':
        part.counted?.(report);
        part.counted = null;
        return;
      case 'reached':
        return this.#advance(report.available, report);
    }
  }

  #fail(why: string): void {
    this.#failure ??= why;
    this.#onChange();
  }

  #advance(available: number, { firstAtMs, lastAtMs }: Reached): void {
    const progress = this.#partly.get(available) ?? { parts: 0, firstAtMs, lastAtMs };
    progress.parts += 1;
    progress.firstAtMs = Math.min(progress.firstAtMs, firstAtMs);
    progress.lastAtMs = Math.max(progress.lastAtMs, lastAtMs);
    this.#partly.set(available, progress);
    if (progress.parts < this.#parts.length) return;
    this.#partly.delete(available);
    this.#reached.set(available, progress);
    if (this.#reached.size > reachedKept) this.#reached.delete(this.#reached.keys().next().value!);
    this.#waiting.get(available)?.(progress);
    this.#waiting.delete(available);
  }

  #count(part: Part): Promise<CrowdCounts> {
    if (this.#failure !== null) throw new Error(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(this.#failure ?? 'a process of the crowd does not answer')), countWithinMs);
      part.counted = (counts) => {
        clearTimeout(timer);
        resolve(counts);
      };
      part.worker.order({ kind: 'count' });
    });
  }
}

function shareOf(sockets: number, processes: number, index: number): number {
  return Math.floor(sockets / processes) + (index < sockets % processes ? 1 : 0);
}
