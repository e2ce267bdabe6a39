/**
 * All live sockets of this process: admission, heartbeats, stale and fresh, the end.
 *
 * Browsers may connect from pages of the same host or of an allowed origin; programs send no Origin. The key
 * travels inside a message and never in a cookie, so a foreign page could do nothing that its own key does
 * not allow; the check keeps a merchant's key from being used on a page that is not theirs.
 */
import type { Logger } from 'pino';
import { v7 as uuidV7 } from 'uuid';
import type { Clock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import type { Readiness } from '../deps.ts';
import { problemAnswer } from '../http/answers.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { problems } from '../problems.ts';
import type { Answer, IncomingRequest, LiveSocket, LiveSocketHandler } from '../transport/port.ts';
import { LiveSession, type SessionDeps } from './session.ts';

export interface SessionsDeps extends Omit<SessionDeps, 'ended' | 'refused' | 'staleWhy'> {
  readonly metrics: GatewayMetrics;
  readonly ready: () => Readiness;
  readonly allowedOrigins: readonly string[];
  readonly logger: Logger;
  readonly clock: Clock;
}

export const sessionLimits = {
  readinessCheckMs: 500,
  /** A client may stay behind this long before it is sent away. */
  behindMaxMs: 30_000,
  sweepMs: 5_000,
  /** Clients of a server that ends come back spread over this. */
  reconnectSpreadMs: 5_000,
} as const;

export class LiveSessions {
  readonly #deps: SessionsDeps;
  readonly #sessions = new Set<LiveSession>();
  readonly #sessionDeps: SessionDeps;
  #cancelTimers: (() => void)[] = [];
  #staleWhy: string | null = null;
  #draining = false;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
    this.#sessionDeps = {
      ...deps,
      staleWhy: () => this.#staleWhy,
      ended: (session) => this.#sessions.delete(session),
      refused: (code) => deps.metrics.closedSockets.labels(String(problems[code].closes ?? 1008)).inc(),
    };
  }

  get count(): number {
    return this.#sessions.size;
  }

  start(): void {
    this.#checkReadiness();
    this.#every(sessionLimits.readinessCheckMs, () => this.#checkReadiness());
    this.#every(limits.heartbeatMs, () =>
      this.#toAll(() => JSON.stringify({ type: 'heartbeat', serverTime: new Date(this.#deps.clock.wallMs()).toISOString() })),
    );
    this.#every(sessionLimits.sweepMs, () => this.#sweep());
  }

  admit(request: IncomingRequest): Answer | ((socket: LiveSocket) => LiveSocketHandler) {
    if (this.#draining) return problemAnswer('not_ready');
    if (this.#sessions.size >= limits.socketsMax) return problemAnswer('overloaded');
    if (!this.#mayConnect(request)) return problemAnswer('origin_refused');
    return (socket) => {
      const session = new LiveSession(this.#sessionDeps, socket, `session_${uuidV7()}`);
      this.#sessions.add(session);
      return session;
    };
  }

  /** Says goodbye to everybody, each with its own moment to come back. */
  drain(): void {
    this.#draining = true;
    this.#stopTimers();
    const sessions = [...this.#sessions];
    for (const [index, session] of sessions.entries()) {
      const reconnectInMs = 100 + Math.floor((index * sessionLimits.reconnectSpreadMs) / sessions.length);
      session.close(1012, `reconnect_in_ms=${reconnectInMs}`);
    }
  }

  #mayConnect({ headers: { origin, host } }: IncomingRequest): boolean {
    if (origin === '' || this.#deps.allowedOrigins.includes(origin)) return true;
    return hostOf(origin) === host.toLowerCase();
  }

  #checkReadiness(): void {
    const { ready, why } = this.#deps.ready();
    const staleWhy = ready ? null : (why ?? 'not ready');
    const changed = (staleWhy === null) !== (this.#staleWhy === null);
    this.#staleWhy = staleWhy;
    if (!changed) return;
    this.#toAll(() => (staleWhy === null ? '{"type":"fresh"}' : JSON.stringify({ type: 'stale', why: staleWhy })));
    if (staleWhy === null) this.#deps.push.refresh();
  }

  #sweep(): void {
    const latestMs = this.#deps.clock.monotonicMs() - sessionLimits.behindMaxMs;
    for (const session of [...this.#sessions]) {
      if (session.behindSinceMs !== null && session.behindSinceMs < latestMs) session.tooSlow();
    }
  }

  /** In turns, as a fan-out is. */
  #toAll(message: () => string): void {
    const sessions = [...this.#sessions];
    const bytes = Buffer.from(message(), 'utf8');
    const turn = (from: number): void => {
      const to = Math.min(sessions.length, from + limits.fanOutTurnSockets);
      for (let index = from; index < to; index++) sessions[index]!.notice(bytes);
      if (to < sessions.length) this.#deps.clock.defer(() => turn(to));
    };
    turn(0);
  }

  #every(ms: number, act: () => void): void {
    const slot = this.#cancelTimers.length;
    const again = (): void => {
      this.#cancelTimers[slot] = this.#deps.clock.after(ms, () => {
        if (this.#draining) return;
        again();
        act();
      });
    };
    again();
  }

  #stopTimers(): void {
    for (const cancel of this.#cancelTimers) cancel();
    this.#cancelTimers = [];
  }
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null;
}
