/** What is counted at a door. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Admission } from './admission.ts';

/** `work`, in the plural, as names and help should call it. */
export function registerAdmissionMetrics(registry: Registry, work: string, admission: Admission): void {
  const registers = [registry];
  const gauge = (name: string, help: string, level: () => number): void =>
    void new Gauge({
      name: `onhand_${work}_${name}`,
      help,
      registers,
      collect() {
        this.set(level());
      },
    });
  gauge('under_way', `New ${work} let in and not yet answered.`, () => admission.levels.underWay);
  gauge('waiting', `New ${work} that wait to be let in.`, () => admission.levels.waiting);
  gauge('allowed', `New ${work} that may be under way at once; it follows how late this machine is.`, () => admission.levels.allowed);
  let told = 0;
  new Counter({
    name: `onhand_${work}_turned_away_total`,
    help: `New ${work} refused at the door, before anything was done.`,
    registers,
    collect() {
      const { turnedAway } = admission.levels;
      this.inc(turnedAway - told);
      told = turnedAway;
    },
  });
}
