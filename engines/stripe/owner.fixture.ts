/** A process that owns a simulator, for the test that kills it: says its address on the first line. */
import { startStripeSimulator } from './index.ts';

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: owner.fixture.ts <data folder>');
const simulator = await startStripeSimulator({ port: 0, dataDir });
process.stdout.write(`${simulator.url}\n`);
