/**
 * Where the time of one piece of work goes: processor time by part while as much is asked for as is given, and, in a second
 * reading, the calls of the thread that decides.
 *
 * C1. Time is looked at within the load, from its first whole second to its last: what comes before and after is not part of it.
 * C2. The profiler has a reading of its own: it takes some of the time that it measures.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../../api.ts';
import { StolenMeter } from '../../measure/stolen.ts';
import type { BenchSettings, Reading } from '../measure.ts';
import type { Sample } from '../ours/sampler.ts';
import { callTree, type CallTree, readCpuProfile } from './cpu-profile.ts';
import { parts, type ProcessorSeconds, processorSeconds } from './processor-time.ts';

/** What is pressed; started with `preload` and `environment`. */
export interface Pressable extends AsyncDisposable {
  readonly serverPid: number | null;
  read(seconds: number, onSample: (sample: Sample) => void): Promise<Reading>;
}

export interface Work {
  readonly name: string;
  readonly each: string;
  readonly pressed: string;
  readonly open: (more: {
    readonly preload: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  }) => Promise<Pressable>;
}

export interface Cost {
  readonly perSecond: number;
  readonly parts: readonly { readonly name: string; readonly us: number }[];
  readonly stolenCores: number | null;
  readonly calls: CallTree;
}

const preload = 'load-tests/bench/preload/profile.ts';
const warmUpSeconds = 10;
const secondsDefault = 20;
const secondsQuick = 6;
/** Of all the time of the thread. */
const shareMin = 0.003;
const writtenWithinMs = 30_000;
const pollMs = 50;

/** Throws when a reading is not what it claims to be. */
export async function costOf(work: Work, settings: Pick<BenchSettings, 'seconds' | 'quick' | 'progress'>): Promise<Cost> {
  const seconds = settings.seconds ?? (settings.quick ? secondsQuick : secondsDefault);
  const folder = await mkdtemp(join(tmpdir(), 'onhand-costs-'));
  try {
    const file = join(folder, 'decides.cpuprofile');
    await using pressable = await work.open({ preload: [preload], environment: { ONHAND_TEST_PROFILE: file } });
    const pid = pressable.serverPid;
    if (pid === null) throw new Error('the time of a server that is not ours cannot be looked at');
    settings.progress(`${work.name}: warming up`);
    await checked(pressable.read(settings.quick ? 2 : warmUpSeconds, () => {}));
    settings.progress(`${work.name}: processor time by part`);
    const window = new Window(pid);
    const reading = await checked(pressable.read(seconds, (sample) => window.look(sample)));
    settings.progress(`${work.name}: the calls of the thread that decides`);
    const toggle = once(() => process.kill(pid, 'SIGUSR2'));
    await checked(pressable.read(seconds, toggle)); // C2
    process.kill(pid, 'SIGUSR2');
    const { parts: served, stolenCores } = window.each(work.name);
    const generator = { name: 'the generator', us: Math.round(((reading.figures['generatorCores'] ?? 0) * 1e7) / reading.value) / 10 };
    const calls = callTree(readCpuProfile(await written(file)), shareMin);
    return { perSecond: Math.round(reading.value), parts: [...served, generator], stolenCores, calls };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** C1. */
class Window {
  readonly #pid: number;
  #from: { readonly used: ProcessorSeconds; readonly stolen: StolenMeter } | null = null;
  #until: { readonly used: ProcessorSeconds; readonly stolenCores: number | null } | null = null;
  #second = 0;
  #done = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  look({ second, perSecond }: Sample): void {
    if (this.#from === null) {
      this.#from = { used: processorSeconds(this.#pid), stolen: new StolenMeter() };
    } else if (perSecond > 0) {
      this.#done += perSecond * (second - this.#second);
      this.#until = { used: processorSeconds(this.#pid), stolenCores: this.#from.stolen.read() };
    }
    this.#second = second;
  }

  each(name: string): Pick<Cost, 'parts' | 'stolenCores'> {
    const [from, until] = [this.#from, this.#until];
    if (from === null || until === null || this.#done === 0) throw new Error(`${name}: too short to see where the time goes`);
    const us = (part: (typeof parts)[number]) => Math.round(((until.used[part] - from.used[part]) * 1e7) / this.#done) / 10;
    const used = parts.map((part) => ({ name: part, us: us(part) }));
    return { parts: used.filter((part) => part.us > 0), stolenCores: until.stolenCores };
  }
}

async function checked(reading: Promise<Reading>): Promise<Reading> {
  const read = await reading;
  if (read.problem !== undefined) throw new Error(read.problem);
  return read;
}

function once(call: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) call();
    isDone = true;
  };
}

/** The profile, once the server has written it. */
async function written(file: string): Promise<string> {
  for (let waitedMs = 0; !existsSync(file); waitedMs += pollMs) {
    if (waitedMs > writtenWithinMs) throw new Error('the profile was never written');
    await pause(pollMs);
  }
  return file;
}
