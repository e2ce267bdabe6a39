/** The Stripe simulator as a process of its own, so that the shop that is measured does not pay for it. */
import { type ChildProcess, fork } from 'node:child_process';
import { startedBy } from '../../../../scripts/compile.mjs';

export interface SimulatorProcess {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const program = await startedBy('load-tests/bench/baselines/checkout/simulator-child.ts');
  const child = fork(program.at(-1)!, [], { execArgv: program.slice(0, -1) });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { readonly port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`the simulator of payments did not start (${code ?? 'by a signal'})`)));
    child.once('error', reject);
  });
  return { port, stop: () => end(child) };
}

/** It ends when nobody listens any more. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  await ended;
}
