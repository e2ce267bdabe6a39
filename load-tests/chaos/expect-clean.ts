/** What every test of a sale under faults demands: the sale's own verdict, recovery from each fault, clean books. */
import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';
import { prepareFolder } from '../../testing/prepared-folder.ts';
import { openTarget, type TargetOptions } from '../target.ts';
import { verifyFolder } from '../verify-folder.ts';
import { runChaosSale } from './chaos-sale.ts';
import { type Fault, faultLine, servesAgainWithinMs } from './runner.ts';
import { type FaultKind, planFaults } from './schedule.ts';

export interface Demands {
  readonly kinds: readonly FaultKind[];
  readonly seed: number;
  readonly times: number;
  readonly stock: number;
  readonly ratePerSecond: number;
  readonly target?: TargetOptions;
  /** What the server has to say about its durability: that the log is the one that is meant. */
  readonly durability: RegExp;
  /** Longest pause; the schedule draws up to 8 s. */
  readonly pauseMsMax?: number;
  /** Other tests run beside: bounds are so many times wider. */
  readonly patience?: number;
}

/** Buyers are planned for so long; the doors close when the faults are over. */
const saleSecondsMax = 600;
const patienceMs = 300_000;

export async function expectClean(demands: Demands): Promise<readonly Fault[]> {
  const { kinds, seed, times, stock, ratePerSecond, pauseMsMax = Number.POSITIVE_INFINITY, patience = 1 } = demands;
  await using target = await openTarget({ prepare: prepareFolder, ...demands.target });
  expect(target.durability).toMatch(demands.durability);
  const schedule = planFaults({ kinds, seed, saleMs: 0, timesMin: times, timesMax: times });
  const bounds = Object.entries(servesAgainWithinMs).map(([kind, withinMs]) => [kind, withinMs * patience]);
  const { sale, faults } = await runChaosSale({
    system: target.own!,
    schedule: schedule.map((fault) => ({ ...fault, pauseMs: Math.min(pauseMsMax, fault.pauseMs) })),
    servesAgainWithinMs: Object.fromEntries(bounds) as typeof servesAgainWithinMs,
    endsWithFaults: true,
    buyers: ratePerSecond * saleSecondsMax,
    stock,
    seed,
    ratePerSecond,
    socketsMax: 50,
    url: target.url,
    publishableKey: target.publishableKey,
    secretKey: target.secretKey,
    serverPid: null,
    connectionsMax: 64,
    patienceMs,
    progress: () => undefined,
  });
  const load = `machine load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;
  console.log([...faults.map(faultLine), `sold ${sale.verdict.sold} to ${sale.arrived} buyers; ${load}`].join('\n'));
  const none = { oversold: 0, undersold: 0, lostAcknowledged: 0, duplicated: 0, holdsLeaked: 0 };
  expect(sale.verdict).toMatchObject({ ...none, differences: [], clean: true });
  expect(faults.filter((fault) => !fault.recovered)).toEqual([]);
  expect(faults.length).toBe(kinds.length * times);
  await target.own!.server.stop();
  const verified = await verifyFolder(target.own!.server.dataDirectory, target.own!.server.environment);
  expect(verified, verified.output).toMatchObject({ exitCode: 0 });
  return faults;
}
