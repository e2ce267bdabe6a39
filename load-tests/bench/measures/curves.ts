/**
 * Series beside the numbers, with our side alone: how holds scale over products, and the curve of batch size against
 * latency. The size of a batch is no setting: a frame takes whatever was decided while the one before was written, so it
 * grows with the callers who wait. Hence callers are varied and the batch is measured.
 */
import type { BenchSettings, Series } from '../measure.ts';
import type { HoldSide } from '../ours/hold-side.ts';
import type { Reading } from '../measure.ts';

const skuCounts = [1, 8, 64, 2_048];
const connectionCounts = [8, 32, 64, 128, 256, 512, 1_024];
const pointSeconds = 8;

export async function holdCurves(ours: HoldSide, settings: BenchSettings): Promise<readonly Series[]> {
  if (!settings.curves) return [];
  return [await overSkus(ours, settings), ...(await overConnections(ours, settings))];
}

async function overSkus(ours: HoldSide, settings: BenchSettings): Promise<Series> {
  const points: [number, number][] = [];
  for (const skus of skuCounts) {
    settings.progress(`holds over ${skus} products`);
    const reading = await ours.read({ connections: settings.connections, seconds: pointSeconds, skus });
    if (reading.problem === undefined) points.push([skus, Math.round(reading.value)]);
  }
  return { title: 'Holds over more products', x: 'products', y: 'holds/s', lines: [{ label: 'holds/s', points }] };
}

async function overConnections(ours: HoldSide, settings: BenchSettings): Promise<readonly Series[]> {
  const readings: { readonly connections: number; readonly reading: Reading }[] = [];
  for (const connections of connectionCounts) {
    settings.progress(`one hot product, ${connections} connections`);
    const reading = await ours.read({ connections, seconds: pointSeconds, skus: 1 });
    if (reading.problem === undefined) readings.push({ connections, reading });
  }
  const line = (label: string, x: (one: (typeof readings)[number]) => number, figure: string) => ({
    label,
    points: readings.map((one) => [round(x(one)), round(one.reading.figures[figure] ?? 0)] as const),
  });
  const batch = ({ reading }: (typeof readings)[number]) => reading.figures['holdsPerFrame'] ?? 0;
  const rate = readings.map(({ connections, reading }) => [connections, Math.round(reading.value)] as const);
  return [
    {
      title: 'Batch size against latency, one hot product',
      x: 'holds per frame',
      y: 'ms',
      lines: [line('p50', batch, 'p50Ms'), line('p99', batch, 'p99Ms')],
    },
    { title: 'Holds over more connections', x: 'connections', y: 'holds/s', lines: [{ label: 'holds/s', points: rate }] },
  ];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
