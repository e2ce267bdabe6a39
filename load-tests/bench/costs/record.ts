/** What is kept of where the time goes: one JSON line per run in `results/costs/<work>.jsonl`, newest last. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../record.ts';
import type { CallTree } from './cpu-profile.ts';

export interface CostRecord {
  readonly date: string;
  /** With `+` where files differed from it. */
  readonly commit: string;
  readonly machine: Machine;
  /** Such as `holds`; how it was pressed, in words. */
  readonly work: string;
  readonly pressed: string;
  /** Such as `hold`. */
  readonly each: string;
  readonly perSecond: number;
  /** Microseconds of processor time for each, the largest parts of the machine. */
  readonly parts: readonly { readonly name: string; readonly us: number }[];
  /** Cores that its host gave to others meanwhile; null: not known. */
  readonly stolenCores: number | null;
  /** Of the thread that decides. */
  readonly calls: CallTree;
}

const folderOf = (results: string) => join(results, 'costs');

export function recordCost(results: string, record: CostRecord): void {
  mkdirSync(folderOf(results), { recursive: true });
  appendFileSync(join(folderOf(results), `${record.work}.jsonl`), `${JSON.stringify(record)}\n`);
}

/** Oldest first. Throws on a line that is no record: what is published must be readable. */
export function readCosts(results: string): CostRecord[] {
  const folder = folderOf(results);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  const records = lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as CostRecord);
  return records.toSorted((one, other) => (one.date < other.date ? -1 : 1));
}
