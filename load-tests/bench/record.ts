/**
 * What is kept of a recorded run: one JSON line per measure, in `results/<id>.jsonl`, newest last. Names no host and no
 * path: only what a reader needs to judge the number.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { projectDirectory } from '../server.ts';
import type { BenchResult } from './result.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
}

export interface RunSettings {
  readonly log: 'postgres' | 'jetstream';
  readonly connections: number;
  /** Null: as long as each measure says. */
  readonly seconds: number | null;
  readonly pairs: number;
}

export interface BenchRecord {
  readonly date: string;
  /** With `+` where files differed from it. */
  readonly commit: string;
  readonly machine: Machine;
  readonly settings: RunSettings;
  readonly result: BenchResult;
}

export function machineHere(): Machine {
  const all = cpus();
  return {
    cpu: (all[0]?.model ?? 'unknown').trim(),
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

export function commitHere(): string {
  const git = (...words: string[]) => spawnSync('git', words, { cwd: projectDirectory, encoding: 'utf8' });
  const commit = git('rev-parse', '--short=10', 'HEAD');
  if (commit.error !== undefined || commit.status !== 0) return 'unknown';
  // what was recorded just before is no change of what is measured
  const measured = ['--', '.', ':!load-tests/RESULTS.md', ':!load-tests/results'];
  const changed = git('status', '--porcelain', '--untracked-files=no', ...measured).stdout.trim() !== '';
  return `${commit.stdout.trim()}${changed ? '+' : ''}`;
}

export function recordAll(folder: string, records: readonly BenchRecord[]): void {
  mkdirSync(folder, { recursive: true });
  for (const record of records) appendFileSync(join(folder, `${record.result.id}.jsonl`), `${JSON.stringify(record)}\n`);
}

/** Oldest first. Throws on a line that is no record: what is published must be readable. */
export function readRecords(folder: string): BenchRecord[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const records = files.toSorted().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .flatMap((line, index) => parse(name, line, index)),
  );
  return records.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

function parse(file: string, line: string, index: number): BenchRecord[] {
  if (line.trim() === '') return [];
  try {
    const record = JSON.parse(line) as Partial<BenchRecord>;
    if (typeof record.date === 'string' && typeof record.result?.name === 'string') return [record as BenchRecord];
  } catch {
    // told below
  }
  throw new Error(`${file}:${index + 1} is no record of a benchmark`);
}

/** The last one of a measure that was measured, by the log it ran on. */
export function lastOf(records: readonly BenchRecord[], name: string, log: RunSettings['log']): BenchRecord | null {
  return records.findLast(({ result, settings }) => result.name === name && settings.log === log && result.notMeasured === null) ?? null;
}
