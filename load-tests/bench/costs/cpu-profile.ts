/**
 * What V8's sampling profiler wrote (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile) as a tree
 * of calls, small enough to be kept.
 *
 * A sample is where the thread was, not whether it ran: where it waited for a processor, or slept in a system call, it counts
 * as there. Names come from the compiled program, which keeps those of functions and methods.
 */
import { readFileSync } from 'node:fs';

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Shares are of all samples, with what is called. */
export interface CallTree {
  readonly name: string;
  readonly share: number;
  readonly children: readonly CallTree[];
}

export function readCpuProfile(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
}

interface Grown {
  us: number;
  readonly children: Map<string, Grown>;
}

/** What takes less than `shareMin` is left out; calls of one name by one caller are one. */
export function callTree({ nodes, samples, timeDeltas }: CpuProfile, shareMin: number): CallTree {
  const own = new Map<number, number>();
  samples.forEach((id, index) => own.set(id, (own.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const grow = (ids: readonly number[], into: Grown): void => {
    for (const id of ids) {
      const node = byId.get(id);
      if (node === undefined) continue;
      const name = node.callFrame.functionName || '(anonymous)';
      const grown = into.children.get(name) ?? { us: 0, children: new Map<string, Grown>() };
      into.children.set(name, grown);
      const before = grown.us;
      grown.us += own.get(id) ?? 0;
      grow(node.children ?? [], grown);
      into.us += grown.us - before;
    }
  };
  const root: Grown = { us: 0, children: new Map() };
  grow(nodes.find(({ callFrame }) => callFrame.functionName === '(root)')?.children ?? [], root);
  return shown('all', root, root.us, shareMin);
}

function shown(name: string, { us, children }: Grown, allUs: number, shareMin: number): CallTree {
  const kept = [...children].filter(([, child]) => child.us >= allUs * shareMin).toSorted(([, one], [, other]) => other.us - one.us);
  const share = allUs === 0 ? 0 : Math.round((us / allUs) * 10_000) / 10_000;
  return { name, share, children: kept.map(([childName, child]) => shown(childName, child, allUs, shareMin)) };
}
