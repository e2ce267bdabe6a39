/**
 * Reads what `node --cpu-prof` wrote and says where the time went: by function (its own time, and with all
 * that it calls) and by file.
 *
 *   node --import tsx load-tests/bench/micro/top-of-profile.ts <folder or file> [how many lines]
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CpuProfile, readCpuProfile } from '../costs/cpu-profile.ts';

const linesDefault = 40;
/** Waiting is not work. */
const idle = new Set(['(idle)', '(program)']);

function shortPath(url: string): string {
  return url.replace(/^file:\/\//, '').replace(/^.*?\/(actors|runtime|gateway|services|load-tests|node_modules)\//, '$1/');
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}

/** Own time of each function and file, and time of each function with all that it calls. */
function sumsOf(profile: CpuProfile) {
  const own = new Map<string, number>();
  const files = new Map<string, number>();
  const all = new Map<string, number>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)));
  let busyUs = 0;
  profile.samples.forEach((id, index) => {
    const us = profile.timeDeltas[index] ?? 0;
    const { callFrame } = nodes.get(id)!;
    if (idle.has(callFrame.functionName)) return;
    busyUs += us;
    const nameOf = ({ functionName, url, lineNumber }: typeof callFrame) =>
      `${functionName || '(anonymous)'} ${shortPath(url)}:${lineNumber + 1}`;
    add(own, nameOf(callFrame), us);
    add(files, shortPath(callFrame.url) || callFrame.functionName, us);
    const seen = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) seen.add(nameOf(nodes.get(at)!.callFrame));
    for (const name of seen) add(all, name, us);
  });
  return { own, files, all, busyUs };
}

function print(title: string, sums: ReadonlyMap<string, number>, busyUs: number, lines: number): void {
  console.log(`\n${title}`);
  const sorted = [...sums].sort(([, one], [, other]) => other - one);
  for (const [name, us] of sorted.slice(0, lines))
    console.log(`${((us / busyUs) * 100).toFixed(1).padStart(5)} %  ${(us / 1_000).toFixed(0).padStart(6)} ms  ${name}`);
}

const [path, count] = process.argv.slice(2);
if (path === undefined) throw new TypeError('name the folder or the profile');
const lines = count === undefined ? linesDefault : Number(count);
const paths = statSync(path).isDirectory()
  ? readdirSync(path)
      .filter((name) => name.endsWith('.cpuprofile'))
      .map((name) => join(path, name))
  : [path];
const profiles = paths.map((file) => ({ file, ...sumsOf(readCpuProfile(file)) }));
// The loader that turns TypeScript into JavaScript has a thread and a profile of its own: only the busiest is told of.
const { file, own, files, all, busyUs } = profiles.sort((one, other) => other.busyUs - one.busyUs)[0]!;
console.log(`${file}: busy for ${(busyUs / 1_000_000).toFixed(2)} s`);
print('own time, by function', own, busyUs, lines);
print('own time, by file', files, busyUs, lines);
print('with all that it calls', all, busyUs, lines);
