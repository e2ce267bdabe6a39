/** A report as a sale under faults leaves it, hostile where it can be. */
import type { FlashSaleReport } from '../flash-sale/report.ts';
import type { HtmlReportFacts } from './html-report.ts';

export const hostile = `</script><script>document.title = 'taken'</script><img src=x onerror="alert(1)"> & 'quoted' <!--`;

export function sampleReport(change: Partial<FlashSaleReport> = {}): FlashSaleReport {
  const timeline = Array.from({ length: 40 }, (_, second) => {
    const down = second >= 12 && second < 16;
    return {
      second,
      holds: down ? 0 : 20 + (second % 5),
      commits: down ? 0 : 18,
      refusals: second > 30 ? 60 : 0,
      p50Ms: down ? null : 3.2,
      p99Ms: down ? null : 40 + second,
      available: second === 0 ? null : 800 - second * 20,
      held: second === 0 ? null : 3,
      committed: second === 0 ? null : second * 18,
    };
  });
  const fault = { withinMs: 20_000, recovered: true, target: null, acknowledgedBefore: 240, failure: null };
  return {
    buyers: 1_000,
    stock: 800,
    sold: 800,
    refused: 200,
    oversold: 0,
    undersold: 0,
    lostAcknowledged: 0,
    duplicated: 0,
    holdsLeaked: 0,
    linearizable: 'yes',
    throughputPerSecond: 58,
    latencyMs: { p50: 3.2, p95: 40, p99: 626, max: 1_699 },
    serviceMs: { p50: 3.1, p95: 39, p99: 620, max: 1_690 },
    pushLatencyMs: { p50: 20, p99: 62 },
    durability: 'postgres, fsynced: survives a power cut',
    seed: 7,
    seconds: 40.2,
    timeline,
    demand: 880,
    sockets: 100,
    retries: { again: 1, lost: 2, cut: 3, twice: 4 },
    generator: { busy: 0.2, cores: 0.1, serverCores: null, wasLimit: false },
    differences: [],
    faults: [
      { ...fault, kind: 'kill-server', atSecond: 12.1, lastedMs: 3_400, servedAgainAfterMs: 3_500, everywhereAfterMs: 3_900 },
      { ...fault, kind: 'pause-postgres', atSecond: 25, lastedMs: 1_200, servedAgainAfterMs: 2, everywhereAfterMs: 20 },
    ],
    verified: true,
    ok: true,
    ...change,
  };
}

export function sampleFacts(change: Partial<FlashSaleReport> = {}, more: Partial<HtmlReportFacts> = {}): HtmlReportFacts {
  const command = 'npm run flash-sale -- --buyers 1000 --stock 800 --chaos kill-server,pause-postgres --seed 7';
  return { report: sampleReport(change), command, machine: { cores: 2, node: 'v20', platform: 'linux x64' }, warning: null, ...more };
}
