/**
 * The simulator as a program of its own, forked by `supervised.ts`.
 *
 * C1. It lives as long as its channel: whoever started it is gone when that ends, also when it was killed. Signals to the
 *     whole group (Ctrl-C) are for that one, which has payments to settle before it ends this process.
 * C2. One process per folder. One whose server was killed is about to end; this one waits for that before it reads a line.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireDataFolder } from '../data-folder.ts';
import { EngineError } from '../engine-error.ts';
import { startStripeSimulator, type StripeSimulator } from './index.ts';
import { failedWith, type FromChild, type ToChild } from './messages.ts';

const folderWithinMs = 10_000;
const lookAgainMs = 20;

let simulator: StripeSimulator | null = null;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // C1
process.once('disconnect', () => void end());
process.on('message', (message: ToChild) => {
  if (message.kind === 'webhook') simulator?.control.webhooks.retarget(message.webhook);
  else void start(message);
});

async function start({ options, webhook }: Extract<ToChild, { kind: 'start' }>): Promise<void> {
  try {
    if (options.dataDir !== undefined) await takeFolder(options.dataDir);
    simulator = await startStripeSimulator({ ...options, ...(webhook === null ? {} : { webhook }) });
    const { host, port, url } = simulator;
    tell({ kind: 'ready', host, port, url });
  } catch (error) {
    tell(failedWith(error));
  }
}

/** C2. */
async function takeFolder(dataDir: string): Promise<void> {
  for (const giveUpAtMs = performance.now() + folderWithinMs; ; await sleep(lookAgainMs)) {
    try {
      acquireDataFolder(dataDir);
      return;
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'folder_live') || performance.now() > giveUpAtMs) throw error;
    }
  }
}

/** C1: nobody hears what is not answered by now. */
async function end(): Promise<void> {
  await simulator?.stop();
  process.exit(0);
}

function tell(message: FromChild): void {
  process.send?.(message);
}
