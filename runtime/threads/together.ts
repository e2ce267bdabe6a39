/** What is said within one turn of the event loop travels together: waking the other thread costs more than a message. */
import { systemClock } from '../clock.ts';

export function together<Item>(send: (items: readonly Item[]) => void): (item: Item) => void {
  let waiting: Item[] = [];
  return (item) => {
    if (waiting.push(item) > 1) return;
    systemClock.defer(() => {
      const items = waiting;
      waiting = [];
      send(items);
    });
  };
}
