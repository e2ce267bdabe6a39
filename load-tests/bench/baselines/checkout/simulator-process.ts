/** The Stripe simulator as our server has it: a process of its own, which remembers on disk whatever it answered. */
import { join } from 'node:path';
import { silentLogger } from '../../../../engines/logger.ts';
import { findFreePort } from '../../../../engines/ports.ts';
import { type SupervisedStripe, superviseStripe } from '../../../../engines/stripe/supervised.ts';
import { startedBy } from '../../../../scripts/compile.mjs';

export async function startSimulatorProcess(folder: string): Promise<SupervisedStripe> {
  const program = () => startedBy('engines/stripe/child.ts');
  return superviseStripe({ port: await findFreePort(), dataDir: join(folder, 'stripe-simulator'), program, logger: silentLogger });
}
