import { describe, expect, it } from 'vitest';
import { answersBetween, memoryMb, metricsOf, parseSamples } from './metrics.ts';

const text = (held: number) => `# HELP onhand_http_request_seconds From the whole request read to the answer handed over.
# TYPE onhand_http_request_seconds histogram
onhand_http_request_seconds_bucket{le="0.001",method="POST",route="/v1/holds",status="201",code="ok"} 9
onhand_http_request_seconds_count{method="POST",route="/v1/holds",status="201",code="ok"} ${held}
onhand_http_request_seconds_count{method="POST",route="/v1/holds",status="503",code="overloaded"} 7
onhand_http_request_seconds_count{method="GET",route="/v1/stock",status="200",code="ok"} 900
onhand_shard_frame{shard="0"} 12
onhand_shard_frame{shard="1"} 30
onhand_write_behind_frames{shard="0"} 0
onhand_write_behind_frames{shard="1"} 4
onhand_write_behind_lag_ms{shard="0"} 0
onhand_write_behind_lag_ms{shard="1"} 81.5
onhand_shard_residents{shard="1"} 3
`;

describe('metrics of the server', () => {
  it('are summed over shards; the lag is that of the slowest', () => {
    const metrics = metricsOf(parseSamples(text(500)));
    expect(metrics).toMatchObject({ frames: 42, behindFrames: 4, lagMs: 81.5, residents: 3 });
    expect([...(metrics.answers.get('POST /v1/holds') ?? [])]).toEqual([
      ['201', 500],
      ['overloaded', 7],
    ]);
  });

  it('tell what was answered between two readings', () => {
    const [before, after] = [500, 1_700].map((held) => metricsOf(parseSamples(text(held))));
    expect([...answersBetween(before!, after!, 'POST /v1/holds')]).toEqual([['201', 1_200]]);
  });

  it('of a server that shows nothing are nothing', () => {
    expect(metricsOf(parseSamples(''))).toMatchObject({ frames: 0, lagMs: 0 });
  });
});

it.runIf(process.platform === 'linux')('memory is told by process, and not at all for one that is gone', () => {
  expect(memoryMb(process.pid)?.server).toBeGreaterThan(10);
  expect(memoryMb(2 ** 30)).toBeNull();
});
