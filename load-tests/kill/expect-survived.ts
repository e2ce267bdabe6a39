/** What both kill tests demand. */
import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';
import { runChaosSale } from '../chaos/chaos-sale.ts';
import { planFaults } from '../chaos/schedule.ts';
import { startServer } from '../server.ts';
import { verifyFolder } from '../verify-folder.ts';

export interface Demands {
  readonly kills: number;
  readonly seed: number;
  readonly stock: number;
  readonly ratePerSecond: number;
  readonly sockets: number;
  /** I8. From the kill until /readyz, each time. */
  readonly readyWithinMs: number;
}

/** Buyers are planned for so long; the doors close when the kills are over. */
const salesSecondsMax = 300;
const patienceMs = 300_000;

export async function expectKillsSurvived({ readyWithinMs, kills, seed, stock, ratePerSecond, sockets }: Demands): Promise<void> {
  await using server = await startServer();
  const store = (await server.keys())[0];
  expect(store).toBeDefined();
  const { sale, faults } = await runChaosSale({
    system: { server, nats: null },
    schedule: planFaults({ kinds: ['kill-server'], seed, saleMs: 0, timesMin: kills, timesMax: kills }),
    endsWithFaults: true,
    buyers: ratePerSecond * salesSecondsMax,
    stock,
    seed,
    ratePerSecond,
    socketsMax: sockets,
    url: server.url,
    publishableKey: store!.publishableKey,
    secretKey: store!.secretKey,
    serverPid: null,
    connectionsMax: 64,
    patienceMs,
    progress: () => undefined,
  });
  console.log(
    `ready again after ${faults.map((fault) => fault.lastedMs).join(', ')} ms; acknowledged at each kill: ${faults.map((fault) => fault.acknowledgedBefore).join(', ')}; sold ${sale.verdict.sold} to ${sale.arrived} buyers; machine load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
  );
  expect(sale.verdict).toMatchObject({
    oversold: 0,
    undersold: 0,
    lostAcknowledged: 0,
    duplicated: 0,
    holdsLeaked: 0,
    differences: [],
    clean: true,
  });
  await server.stop();
  const verified = await verifyFolder(server.dataDirectory);
  expect(verified, verified.output).toMatchObject({ exitCode: 0 });
  expect(faults.length).toBe(kills);
  expect(faults.filter((fault) => !fault.recovered)).toEqual([]);
  expect(Math.max(...faults.map((fault) => fault.lastedMs))).toBeLessThan(readyWithinMs);
}
