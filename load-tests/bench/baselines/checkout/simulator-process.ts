/** The Stripe simulator in memory, as a process of its own, so that the shop that is measured does not pay for it. */
import { silentLogger } from '../../../../engines/logger.ts';
import { findFreePort } from '../../../../engines/ports.ts';
import { type SupervisedStripe, superviseStripe } from '../../../../engines/stripe/supervised.ts';
import { startedBy } from '../../../../scripts/compile.mjs';

export async function startSimulatorProcess(): Promise<SupervisedStripe> {
  const program = () => startedBy('engines/stripe/child.ts');
  return superviseStripe({ port: await findFreePort(), program, logger: silentLogger });
}
