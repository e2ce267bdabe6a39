/**
 * Who allocates: bytes by function, what was collected meanwhile included. Sampled, so small figures are rough.
 * Garbage is most of what a hot path costs in this runtime, and a processor profile shows it under no name.
 */
import { Session } from 'node:inspector/promises';

interface SampledNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly selfSize: number;
  readonly children: readonly SampledNode[];
}

export interface Allocations {
  /** Bytes by function, the greatest first. */
  stop(): Promise<readonly (readonly [name: string, bytes: number])[]>;
}

const samplingIntervalBytes = 8 * 1024;

export async function watchAllocations(): Promise<Allocations> {
  const session = new Session();
  session.connect();
  const options = {
    samplingInterval: samplingIntervalBytes,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  };
  await session.post('HeapProfiler.startSampling', options);
  return {
    async stop() {
      const { profile } = await session.post('HeapProfiler.stopSampling');
      session.disconnect();
      const sums = new Map<string, number>();
      addAll(sums, profile.head);
      return [...sums].sort(([, one], [, other]) => other - one);
    },
  };
}

function addAll(sums: Map<string, number>, { callFrame, selfSize, children }: SampledNode): void {
  const name = `${callFrame.functionName || '(anonymous)'} ${callFrame.url.replace(/^.*?\/(?=(actors|runtime|load-tests|node_modules)\/)/, '')}`;
  if (selfSize > 0) sums.set(name, (sums.get(name) ?? 0) + selfSize);
  for (const child of children) addAll(sums, child);
}
