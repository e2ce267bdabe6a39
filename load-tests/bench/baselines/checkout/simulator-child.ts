/** Forked by `simulator-process.ts`: a simulator of Stripe, in memory, until the parent has gone. */
import { findFreePort } from '../../../../engines/ports.ts';
import { startStripeSimulator } from '../../../../engines/stripe/index.ts';

const simulator = await startStripeSimulator({ port: await findFreePort() });
process.on('disconnect', () => void simulator.stop().finally(() => process.exit(0)));
process.send?.({ port: simulator.port });
