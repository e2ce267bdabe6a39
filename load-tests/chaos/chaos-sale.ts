/**
 * A flash sale while faults are injected, on one data folder, and the judge afterwards. The buyers know nothing
 * of it: they meet closed connections, refused ones and "try again", and send again under the same keys.
 *
 * K1. The pulse beats from the doors' opening until the last fault is over.
 * K2. The books are read when the last fault is over: the judge is not to be a victim.
 * K3. Nothing is cleaned up between two lives but by the system itself.
 *
 * Proves what survives the death or the standstill of single processes. Does not prove what survives a power
 * cut: the operating system and the disk live on.
 */
import { type FlashSaleOptions, type FlashSaleOutcome, runFlashSale } from '../flash-sale/run.ts';
import { nowMs } from '../measure/now.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { handOn, type SystemUnderChaos } from './hand.ts';
import { Pulse } from './pulse.ts';
import { type ChaosOptions, type Fault, runChaos } from './runner.ts';
import type { PlannedFault } from './schedule.ts';

export interface ChaosSaleOptions extends Omit<FlashSaleOptions, 'onAcknowledged' | 'onDoorsOpen' | 'beforeBooks' | 'doorsClose'> {
  readonly system: SystemUnderChaos;
  readonly schedule: readonly PlannedFault[];
  readonly servesAgainWithinMs?: ChaosOptions['servesAgainWithinMs'];
  /** The last fault closes the doors: buyers are planned for longer than can be known. */
  readonly endsWithFaults?: boolean;
  readonly stopped?: AbortSignal;
  /** Told about each fault when it is over. */
  readonly onFault?: (line: string) => void;
}

export interface ChaosSaleOutcome {
  readonly sale: FlashSaleOutcome;
  readonly faults: readonly Fault[];
}

export async function runChaosSale(options: ChaosSaleOptions): Promise<ChaosSaleOutcome> {
  const acknowledgements = new Acknowledgements();
  const run = `chaos-${options.seed}-${Math.floor(nowMs()).toString(36)}`;
  using pulse = new Pulse({ url: options.url, secretKey: options.secretKey, run, acknowledgements });
  const stopped = options.stopped ?? new AbortController().signal;
  const [doors, saleOver] = [new AbortController(), new AbortController()];
  let chaos: Promise<Fault[]> = Promise.resolve([]);
  await pulse.start(); // K1
  const sale = await runFlashSale({
    ...options,
    doorsClose: AbortSignal.any([doors.signal, stopped]),
    onAcknowledged: (answer) => acknowledgements.record('sale', answer),
    onDoorsOpen: (doorsOpenedAtMs) => {
      const { system, schedule, servesAgainWithinMs, progress, onFault } = options;
      const bounds = servesAgainWithinMs === undefined ? {} : { servesAgainWithinMs };
      const watched = { acknowledgements, sources: pulse.skus, doorsOpenedAtMs, saleOver: saleOver.signal, stopped };
      chaos = runChaos({ hand: handOn(system), schedule, progress, onFault: onFault ?? progress, ...bounds, ...watched }).finally(() => {
        if (options.endsWithFaults === true) doors.abort();
      });
      chaos.catch(() => doors.abort()); // what went wrong is thrown before the books are read
    },
    beforeBooks: async () => {
      saleOver.abort();
      await chaos; // K2
      pulse[Symbol.dispose]();
    },
  });
  return { sale, faults: await chaos };
}
