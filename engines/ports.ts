/** Free ports. Those the system hands out by itself (32768 and up) may be taken again by any outgoing connection, so we choose below. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { EngineError } from './engine-error.ts';

const portMin = 20_000;
const portMax = 32_000;
const attemptsMax = 50;

/** Another program may still take it before it is used: callers try again. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const port = randomInt(portMin, portMax);
    if (await isFree(port)) return port;
  }
  throw new EngineError('port_taken', `No free port was found between ${portMin} and ${portMax}.`, 'End programs that hold them.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
