/** Opens what `flash-sale` and `replay` play against, and says in one sentence why that cannot be. */
import { type Target, type TargetOptions, openTarget } from '../load-tests/target.ts';
import { Hindrance, UsageError } from './command.ts';

export interface LoadTargetValues extends TargetOptions {
  readonly log?: string | undefined;
}

export async function openTargetOrExplain(values: LoadTargetValues): Promise<Target> {
  if (values.log === 'jetstream') throw new Hindrance('--log jetstream is not built yet.');
  if (values.log !== undefined && values.log !== 'postgres') throw new UsageError(`--log is postgres or jetstream, not "${values.log}".`);
  try {
    return await openTarget(values);
  } catch (error) {
    throw new Hindrance(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
