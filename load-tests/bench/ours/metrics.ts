/**
 * What the server says of itself at `/metrics`, as far as benchmarks ask: answers by outcome, frames, write-behind.
 * Wire facts only (names and labels); reading it costs the server something, so it is read seldom.
 */
import { readFileSync } from 'node:fs';
import { HttpClient, parseTarget } from '../../http/client.ts';
import { processTree } from '../../measure/effort.ts';

export interface ServerMetrics {
  /** By route (`POST /v1/holds`), then by outcome: the status of a good answer (`201`), or the code of the problem. */
  readonly answers: ReadonlyMap<string, Answers>;
  /** Newest acknowledged frames, over all shards. */
  readonly frames: number;
  /** Acknowledged, not rows yet. */
  readonly behindFrames: number;
  readonly lagMs: number;
  readonly residents: number;
}

/** How many, by outcome. */
export type Answers = ReadonlyMap<string, number>;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const timeoutMs = 10_000;

export async function readMetrics(url: string): Promise<ServerMetrics> {
  const client = new HttpClient({ address: parseTarget(url), connectionsMax: 1, waitingMax: 1, timeoutMs });
  try {
    const outcome = await client.request({ method: 'GET', path: '/metrics', urgent: true });
    if (outcome.kind !== 'answered' || outcome.status !== 200) throw new Error('the server does not show its metrics');
    return metricsOf(parseSamples(outcome.body));
  } finally {
    client.close();
  }
}

/** Of the text format of Prometheus; without what benchmarks never ask for (escapes in labels, timestamps). */
export function parseSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\w+)(?:\{(.*)\})? ([^ ]+)$/.exec(line);
    if (match === null) return [];
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    return [{ name: match[1] ?? '', labels, value: Number(match[3]) }];
  });
}

export function metricsOf(samples: readonly Sample[]): ServerMetrics {
  const of = (name: string) => samples.filter((sample) => sample.name === name).map(({ value }) => value);
  const sum = (name: string) => of(name).reduce((total, value) => total + value, 0);
  return {
    answers: answersOf(samples),
    frames: sum('onhand_shard_frame'),
    behindFrames: sum('onhand_write_behind_frames'),
    lagMs: Math.max(0, ...of('onhand_write_behind_lag_ms')),
    residents: sum('onhand_shard_residents'),
  };
}

function answersOf(samples: readonly Sample[]): ReadonlyMap<string, Answers> {
  const routes = new Map<string, Map<string, number>>();
  for (const { name, labels, value } of samples) {
    if (name !== 'onhand_http_request_seconds_count') continue;
    const { method = '', route = '', status = '', code = '' } = labels;
    const outcome = code === 'ok' ? status : code;
    const answers = routes.get(`${method} ${route}`) ?? new Map<string, number>();
    routes.set(`${method} ${route}`, answers.set(outcome, (answers.get(outcome) ?? 0) + value));
  }
  return routes;
}

export function answerCount(metrics: ServerMetrics, route: string, outcome: string): number {
  return metrics.answers.get(route)?.get(outcome) ?? 0;
}

/** What came between two readings, by outcome. */
export function answersBetween(before: ServerMetrics, after: ServerMetrics, route: string): Answers {
  const more = [...(after.answers.get(route) ?? [])].map(
    ([outcome, count]) => [outcome, count - answerCount(before, route, outcome)] as const,
  );
  return new Map(more.filter(([, count]) => count > 0));
}

/** Resident memory of the server and of its database, each process by itself (shared memory counts in each); null elsewhere than on Linux. */
export function memoryMb(serverPid: number): { readonly server: number; readonly others: number } | null {
  const all = processTree(serverPid).map((pid) => ({ pid, mb: residentMb(pid) }));
  const server = all.find(({ pid }) => pid === serverPid)?.mb ?? null;
  if (server === null) return null;
  return { server, others: all.reduce((sum, { pid, mb }) => sum + (pid === serverPid ? 0 : (mb ?? 0)), 0) };
}

function residentMb(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1_024;
  } catch {
    return null; // it has ended meanwhile, or there is no /proc
  }
}
