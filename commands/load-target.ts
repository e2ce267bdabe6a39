/** Opens what `flash-sale` and `replay` play against, and says in one sentence why that cannot be. */
import { openTarget, type Target, targetOptions } from '../load-tests/target.ts';
import { Hindrance, UsageError } from './command.ts';

export interface LoadTargetValues {
  readonly target?: string | undefined;
  readonly key?: string | undefined;
  readonly log?: string | undefined;
  readonly replicas?: string | undefined;
}

/** The flags that choose what a run plays against. */
export const loadTargetOptions = { log: { type: 'string' }, replicas: { type: 'string' }, ...targetOptions } as const;

export const loadTargetDetails = [
  ['--log postgres|jetstream', 'the log of the server that is started (postgres); jetstream starts nats-server beside it'],
  ['--replicas 1|3', 'copies of a JetStream log, on as many local servers (1)'],
] as const;

export async function openTargetOrExplain(values: LoadTargetValues): Promise<Target> {
  const { log = 'postgres', replicas = '1', target, key } = values;
  if (log !== 'postgres' && log !== 'jetstream') throw new UsageError(`--log is postgres or jetstream, not "${log}".`);
  if (replicas !== '1' && replicas !== '3') throw new UsageError(`--replicas is 1 or 3, not "${replicas}".`);
  if (replicas === '3' && log !== 'jetstream') throw new UsageError('--replicas 3 needs --log jetstream.');
  if (target !== undefined && values.log !== undefined)
    throw new UsageError('--target names a server that has its log already; leave out --log.');
  try {
    return await openTarget({ target, key, log, replicas: replicas === '3' ? 3 : 1 });
  } catch (error) {
    throw new Hindrance(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
