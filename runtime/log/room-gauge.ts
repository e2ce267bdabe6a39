/**
 * How much room the log has left: by its own accounting against `bytesMax`, and by what the disk can still
 * take above its floor, whichever is less.
 *
 * G1. Between two measurements what was appended is added up, so a burst cannot run past the limit unseen.
 * G2. "No room" is said only after measuring again: room that a trim made is found at once.
 */
import { statfs } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { LogRoom } from './port.ts';

export interface RoomGaugeOptions {
  readonly bytesMax: number;
  readonly diskFreeBytesMin: number;
  /** A folder on the disk that holds the log; absent when that is another machine's. */
  readonly folder?: string;
  readonly measureUsedBytes: () => Promise<number>;
  /** What the store itself still grants, where it says so. */
  readonly measureFreeBytes?: () => Promise<number>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** A row takes this beside its bytes: header, keys, hashes and index entry. */
const overheadBytesPerFrame = 256;
const measureAgainAfterMs = 1_000;
const measureAgainAfterBytes = 64 * 1024 * 1024;

export class RoomGauge {
  readonly #options: RoomGaugeOptions;
  #measured: LogRoom | null = null;
  #measuredAtMs = 0;
  #bytesSince = 0;

  constructor(options: RoomGaugeOptions) {
    this.#options = options;
  }

  /** Whether a frame of so many bytes may be written now. Throws when it cannot be measured. */
  async hasRoomFor(bytes: number): Promise<boolean> {
    if (this.#measured === null || this.#bytesSince >= measureAgainAfterBytes) await this.#measure();
    if (this.#fits(bytes)) return true;
    if (this.#ageMs() < measureAgainAfterMs) return false;
    await this.#measure(); // G2
    return this.#fits(bytes);
  }

  wrote(bytes: number): void {
    this.#bytesSince += bytes + overheadBytesPerFrame; // G1
  }

  /** A trim may have made room: the next question measures. */
  trimmed(): void {
    this.#measured = null;
  }

  async room(): Promise<LogRoom> {
    if (this.#measured === null || this.#ageMs() >= measureAgainAfterMs) await this.#measure();
    return this.#now();
  }

  #fits(bytes: number): boolean {
    const { usedBytes, maxBytes } = this.#now();
    return usedBytes + bytes + overheadBytesPerFrame <= maxBytes;
  }

  #now(): LogRoom {
    const { usedBytes, maxBytes } = this.#measured ?? { usedBytes: 0, maxBytes: 0 };
    return { usedBytes: usedBytes + this.#bytesSince, maxBytes };
  }

  #ageMs(): number {
    return this.#options.clock.monotonicMs() - this.#measuredAtMs;
  }

  async #measure(): Promise<void> {
    const { measureUsedBytes, measureFreeBytes, bytesMax, diskFreeBytesMin, folder } = this.#options;
    const counted = this.#bytesSince; // what is appended while we measure stays counted
    const [usedBytes, diskFreeBytes, grantedBytes] = await Promise.all([
      measureUsedBytes(),
      freeBytesOf(folder),
      measureFreeBytes?.() ?? Number.MAX_SAFE_INTEGER,
    ]);
    const roomBytes = Math.min(Math.max(0, diskFreeBytes - diskFreeBytesMin), grantedBytes);
    this.#measured = { usedBytes, maxBytes: Math.min(bytesMax, usedBytes + roomBytes) };
    this.#measuredAtMs = this.#options.clock.monotonicMs();
    this.#bytesSince -= counted;
  }
}

async function freeBytesOf(folder: string | undefined): Promise<number> {
  if (folder === undefined) return Number.MAX_SAFE_INTEGER;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
