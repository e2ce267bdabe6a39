/**
 * The simulator of Stripe of one data folder: a process of its own, beside the server. It keeps its port over restarts, as
 * a real payment provider keeps its address: buyers who were sent to its 3-D Secure page before a restart find it there
 * afterwards.
 */
import { readFile } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engines/engine-error.ts';
import type { EngineLogger } from '../../engines/logger.ts';
import { findFreePort } from '../../engines/ports.ts';
import { type SupervisedStripe, superviseStripe } from '../../engines/stripe/supervised.ts';
import { startedBy } from '../../scripts/compile.mjs';

export async function openPaymentSimulator(dataDir: string, logger: EngineLogger): Promise<SupervisedStripe> {
  const folder = join(dataDir, 'stripe-simulator');
  const file = join(folder, 'port');
  const start = (port: number): Promise<SupervisedStripe> =>
    superviseStripe({ port, dataDir: folder, program: () => startedBy('engines/stripe/child.ts'), logger });
  const known = portOf(await readFile(file, 'utf8').catch(() => ''));
  const simulator = (known === null ? null : await unlessTaken(start(known))) ?? (await unlessTaken(start(await findFreePort())));
  if (simulator === null) return start(0);
  if (simulator.port !== known) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${simulator.port}\n`);
  }
  return simulator;
}

/** Null: somebody else has the port by now. */
async function unlessTaken(starting: Promise<SupervisedStripe>): Promise<SupervisedStripe | null> {
  try {
    return await starting;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'port_taken') return null;
    throw error;
  }
}

function portOf(text: string): number | null {
  const port = Number(text.trim());
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}
