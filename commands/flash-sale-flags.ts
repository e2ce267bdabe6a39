/** What the flags of `flash-sale` ask for, checked before anything is started. Throws UsageError. */
import {
  type FaultKind,
  isAboutNats,
  type PlannedFault,
  planFaults,
  readFaultKinds,
  timesMaxDefault,
} from '../load-tests/chaos/schedule.ts';
import type { PlanOptions } from '../load-tests/flash-sale/plan.ts';
import { numberOption, UsageError } from './command.ts';

export const buyersMax = 200_000;
export const stockMax = 1_000_000;
export const socketsDefault = 2_000;
export const connectionsDefault = 256;

const chaosSecondsMin = 30;
const chaosSecondsPerKind = 15;
/** So many of the units are asked for in the first wave, which lasts for most of the time: what is hit sells. */
const firstWaveOfStock = 0.9;
const firstWaveOfTime = 0.8;

export type FlashSaleValues = {
  readonly [Flag in
    | 'buyers'
    | 'stock'
    | 'seed'
    | 'rate'
    | 'duration'
    | 'sockets'
    | 'connections'
    | 'chaos'
    | 'log'
    | 'replicas'
    | 'target']?: string | undefined;
} & { readonly checkout?: boolean | undefined };

export interface Crowd extends PlanOptions {
  readonly stock: number;
  readonly connectionsMax: number;
}

export interface ChaosPlan {
  readonly kinds: readonly FaultKind[];
  readonly schedule: readonly PlannedFault[];
}

export interface SalePlan {
  readonly crowd: Crowd;
  readonly chaos: ChaosPlan | null;
}

export function readSalePlan(values: FlashSaleValues): SalePlan {
  const kinds = readChaosKinds(values);
  const crowd = readCrowd(values);
  if (kinds === null) return { crowd, chaos: null };
  const saleMs = saleMsOf(values, crowd, kinds.length);
  const schedule = planFaults({ kinds, seed: crowd.seed, saleMs, timesMin: 1, timesMax: timesMaxDefault });
  const paced = values.rate === undefined ? { ...crowd, ratePerSecond: null, waves: wavesOf(crowd, saleMs) } : crowd;
  return { crowd: paced, chaos: { kinds, schedule } };
}

function readChaosKinds({ chaos, target, log }: FlashSaleValues): readonly FaultKind[] | null {
  if (chaos === undefined) return null;
  const read = readFaultKinds(chaos);
  if ('problem' in read) throw new UsageError(read.problem);
  if (target !== undefined) throw new UsageError('--chaos breaks only a server that this command starts itself; leave out --target.');
  const nats = read.kinds.find(isAboutNats);
  if (nats !== undefined && log !== 'jetstream') throw new UsageError(`--chaos ${nats} needs --log jetstream.`);
  return read.kinds;
}

function readCrowd(values: FlashSaleValues): Crowd {
  if (values.buyers === undefined || values.stock === undefined) throw new UsageError('--buyers and --stock are needed.');
  const asked = numberOption('buyers', values.buyers, 0, { min: 1, max: buyersMax });
  const rate = values.rate === undefined ? null : numberOption('rate', values.rate, 0, { min: 0.1, max: 100_000, integer: false });
  const duration = readDuration(values);
  const buyers = rate === null || duration === null ? asked : Math.max(1, Math.min(asked, Math.floor(rate * duration)));
  return {
    buyers,
    stock: numberOption('stock', values.stock, 0, { min: 1, max: stockMax }),
    seed: numberOption('seed', values.seed, Math.floor(Math.random() * 0x7fff_ffff), { min: 0, max: 0x7fff_ffff }),
    ratePerSecond: rate ?? (duration === null ? null : buyers / duration),
    socketsMax: numberOption('sockets', values.sockets, Math.min(buyers, socketsDefault), { min: 0, max: 50_000 }),
    connectionsMax: numberOption('connections', values.connections, connectionsDefault, { min: 1, max: 10_000 }),
  };
}

function readDuration({ duration }: FlashSaleValues): number | null {
  return duration === undefined ? null : numberOption('duration', duration, 0, { min: 1, max: 86_400, integer: false });
}

/** How long buyers arrive; without any wish long enough for each fault to have its turn. */
function saleMsOf(values: FlashSaleValues, crowd: Crowd, kinds: number): number {
  if (crowd.ratePerSecond !== null) return (crowd.buyers / crowd.ratePerSecond) * 1_000;
  return (readDuration(values) ?? Math.max(chaosSecondsMin, chaosSecondsPerKind * kinds)) * 1_000;
}

function wavesOf({ buyers, stock }: Crowd, saleMs: number): NonNullable<PlanOptions['waves']> {
  const firstBuyers = Math.min(buyers, Math.max(1, Math.floor(stock * firstWaveOfStock)));
  const firstMs = firstBuyers === buyers ? saleMs : saleMs * firstWaveOfTime;
  return { firstBuyers, firstMs, restMs: saleMs - firstMs };
}

/** The command that plays this sale again, drawn seed included. */
export function repeatCommand(values: FlashSaleValues, seed: number): string {
  const flags = (['buyers', 'stock', 'rate', 'duration', 'sockets', 'connections', 'log', 'replicas', 'chaos', 'target'] as const).flatMap(
    (flag) => (values[flag] === undefined ? [] : [`--${flag}`, values[flag]]),
  );
  const key = values.target === undefined ? [] : ['--key', 'sk_…'];
  const checkout = values.checkout === true ? ['--checkout'] : [];
  return ['npm run flash-sale --', ...flags.map(quoted), ...checkout, '--seed', String(seed), ...key].join(' ');
}

function quoted(word: string): string {
  return /^[\w.,:/-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
