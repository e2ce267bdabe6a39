/**
 * A Postgres that comes back (`../kept-up.ts`): the same cluster, the same port, the same passwords, so that pools only
 * have to connect again.
 */
import { KeptUp } from '../kept-up.ts';
import { engineOf, type PostgresEngine, type PostgresOptions, prepare, runEngine } from './engine.ts';
import { type ServerExit, startPostmaster } from './postmaster.ts';

export type PostgresEvent =
  | { readonly kind: 'down'; readonly exit: ServerExit }
  | { readonly kind: 'up'; readonly pid: number; readonly downMs: number }
  | { readonly kind: 'restart_failed'; readonly attempt: number; readonly retryInMs: number; readonly error: unknown };

export interface SupervisedPostgres extends PostgresEngine {
  /** Returns the cancellation. */
  onEvent(listener: (event: PostgresEvent) => void): () => void;
}

/** Throws EngineError when the first start fails; later ones are retried. */
export async function supervisePostgres(options: PostgresOptions): Promise<SupervisedPostgres> {
  const prepared = await prepare(options);
  const first = await runEngine(prepared);
  const { port, url } = first;
  const listeners = new Set<(event: PostgresEvent) => void>();
  const exitListeners = new Set<(exit: ServerExit) => void>();
  const tell = (event: PostgresEvent): void => {
    if (event.kind === 'down') for (const listener of exitListeners) listener(event.exit);
    for (const listener of listeners) listener(event);
  };
  const kept = new KeptUp<PostgresEngine, ServerExit>(
    {
      name: 'Postgres',
      logger: prepared.logger,
      startAgain: async () => engineOf(prepared, await startPostmaster({ ...prepared.plan, port }), port, url),
      stop: (engine) => engine.stop(),
      whenEnded: (engine, ended) => void engine.onExit(ended),
      tell(event) {
        if (event.kind === 'down') tell({ kind: 'down', exit: event.end });
        else if (event.kind === 'up') tell({ kind: 'up', pid: event.running.pid, downMs: event.downMs });
        else tell(event);
      },
    },
    first,
  );
  const stop = () => kept.stop();
  return {
    ...first,
    get pid() {
      return kept.running.pid;
    },
    onExit: (listener) => subscribe(exitListeners, listener),
    onEvent: (listener) => subscribe(listeners, listener),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function subscribe<Value>(listeners: Set<(value: Value) => void>, listener: (value: Value) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
