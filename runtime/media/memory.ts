/** Media in memory: the twin of the real ones, for tests. */
import { type Media, MediaConflict } from './port.ts';

export class MemoryMedia implements Media {
  readonly objects = new Map<string, Uint8Array>();

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const known = this.objects.get(name);
    if (known === undefined) this.objects.set(name, Uint8Array.from(bytes));
    else if (!Buffer.from(known).equals(bytes)) throw new MediaConflict(`${name} is there with other content`);
  }

  async get(name: string): Promise<Uint8Array | null> {
    const known = this.objects.get(name);
    return known === undefined ? null : Uint8Array.from(known);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.objects.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}
