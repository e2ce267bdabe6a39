/** What both kill tests demand. */
import { availableParallelism, loadavg } from 'node:os';
import { expect } from 'vitest';
import { startServer } from '../server.ts';
import { type KilledSaleOptions, runKilledSale, verifyFolder } from './killed-sale.ts';

export interface Demands extends Omit<KilledSaleOptions, 'progress'> {
  /** I8. From the restart until /readyz, each time. */
  readonly readyWithinMs: number;
}

export async function expectKillsSurvived({ readyWithinMs, ...options }: Demands): Promise<void> {
  await using server = await startServer();
  const { sale, readyAfterMs, acknowledgedAtKill } = await runKilledSale(server, { ...options, progress: () => undefined });
  console.log(
    `ready again after ${readyAfterMs.join(', ')} ms; acknowledged at each kill: ${acknowledgedAtKill.join(', ')}; sold ${sale.verdict.sold} to ${sale.arrived} buyers; machine load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`,
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
  expect(readyAfterMs.length).toBe(options.kills);
  expect(Math.max(...readyAfterMs)).toBeLessThan(readyWithinMs);
}
