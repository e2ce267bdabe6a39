/**
 * Makes the wall clock of a process jump: loaded before the program (`--import`), on SIGUSR2 it reads from the
 * file named by ONHAND_TEST_WALL_CLOCK by how many ms `Date` is wrong from now on, and writes beside it that it did.
 *
 * K1. Only the wall clock: `performance.now` and timers stay true, as they do when a person or NTP sets a clock.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { sourcesOfProcess } from '../../runtime/config.ts';

const file = sourcesOfProcess({}).environment['ONHAND_TEST_WALL_CLOCK'];
if (file === undefined) throw new Error('ONHAND_TEST_WALL_CLOCK names the file that the offset is read from');

const TrueDate = Date;
let offsetMs = 0;
const now = (): number => TrueDate.now() + offsetMs;

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as object,
  apply: () => new TrueDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});

process.on('SIGUSR2', () => {
  offsetMs = Number(readFileSync(file, 'utf8'));
  writeFileSync(`${file}.taken`, String(offsetMs));
});
