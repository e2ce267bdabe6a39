/**
 * Stands before every call to the payment provider.
 *
 * G1. At most `callsMax` calls are under way and `waitingMax` wait; one more is turned away (I7).
 * G2. After `failuresMax` outages in a row nothing is sent for `openMs`; then one call is let through as a probe, and
 *     only its success lets the others follow. A declined card is no outage.
 * G3. Who is turned away knows for certain that nothing was sent.
 */
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  wrap,
} from 'cockatiel';

export interface GuardOptions {
  readonly callsMax: number;
  readonly waitingMax: number;
  readonly failuresMax: number;
  readonly openMs: number;
  /** Whether an error means that the provider itself is in trouble. */
  readonly isOutage: (error: unknown) => boolean;
}

export type Guarded<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'turned_away'; readonly retryAfterMs: number };

export type GuardState = 'closed' | 'half_open' | 'open';

export interface Guard {
  run<Value>(call: () => Promise<Value>): Promise<Guarded<Value>>;
  state(): GuardState;
}

/** When too many wait: they are answered within a call or two. */
const busyRetryMs = 500;

export function createGuard(options: GuardOptions): Guard {
  const breaker = circuitBreaker(handleWhen(options.isOutage), {
    halfOpenAfter: options.openMs,
    breaker: new ConsecutiveBreaker(options.failuresMax),
  });
  const policy = wrap(bulkhead(options.callsMax, options.waitingMax), breaker); // G1, G2
  return {
    async run(call) {
      try {
        return { kind: 'done', value: await policy.execute(call) };
      } catch (error) {
        if (error instanceof BrokenCircuitError) return { kind: 'turned_away', retryAfterMs: options.openMs }; // G3
        if (error instanceof BulkheadRejectedError) return { kind: 'turned_away', retryAfterMs: busyRetryMs };
        return { kind: 'failed', error };
      }
    },
    state: () => stateOf(breaker.state),
  };
}

function stateOf(state: CircuitState): GuardState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half_open' : 'open';
}
