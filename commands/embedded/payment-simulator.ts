/**
 * The simulator of Stripe of one data folder. It keeps its port over restarts, as a real payment provider keeps its
 * address: buyers who were sent to its 3-D Secure page before a restart find it there afterwards.
 */
import { readFile } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engines/engine-error.ts';
import { findFreePort } from '../../engines/ports.ts';
import { startStripeSimulator, type StripeSimulator } from '../../engines/stripe/index.ts';

export async function openPaymentSimulator(dataDir: string): Promise<StripeSimulator> {
  const folder = join(dataDir, 'stripe-simulator');
  const file = join(folder, 'port');
  const known = portOf(await readFile(file, 'utf8').catch(() => ''));
  const simulator = (known === null ? null : await startAt(known, folder)) ?? (await startAt(await findFreePort(), folder));
  if (simulator === null) return startStripeSimulator({ port: 0, dataDir: folder });
  if (simulator.port !== known) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${simulator.port}\n`);
  }
  return simulator;
}

/** Null: somebody else has the port by now. */
async function startAt(port: number, dataDir: string): Promise<StripeSimulator | null> {
  try {
    return await startStripeSimulator({ port, dataDir });
  } catch (error) {
    if (error instanceof EngineError && error.code === 'port_taken') return null;
    throw error;
  }
}

function portOf(text: string): number | null {
  const port = Number(text.trim());
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}
