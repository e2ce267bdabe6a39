/** A server with a simulator beside it, for the test that kills the server: says the address and the process on the first line. */
import { startedBy } from '../../scripts/compile.mjs';
import { silentLogger } from '../logger.ts';
import { superviseStripe } from './supervised.ts';

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: supervised-owner.fixture.ts <data folder>');
const { port, pid } = await superviseStripe({
  port: 0,
  dataDir,
  program: () => startedBy('engines/stripe/child.ts'),
  logger: silentLogger,
});
process.stdout.write(`${JSON.stringify({ port, pid })}\n`);
