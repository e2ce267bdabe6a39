/** What is said within one turn of the event loop travels together: waking the other thread costs more than a message. */
import { type Clock, systemClock } from '../../../runtime/clock.ts';

export function together<Item>(
  send: (items: readonly Item[]) => void,
  defer: Clock['defer'] = (call) => systemClock.defer(call),
): (item: Item) => void {
  let waiting: Item[] = [];
  return (item) => {
    if (waiting.push(item) > 1) return;
    defer(() => {
      const items = waiting;
      waiting = [];
      send(items);
    });
  };
}
