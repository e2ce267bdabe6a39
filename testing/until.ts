/** Waits for a condition with a bound; what was expected and what was seen last stand in the error. */
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 10;

export async function until<Value>(
  expected: string,
  look: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
  withinMs = 10_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (performance.now() > deadline) throw new Error(`expected within ${withinMs} ms: ${expected}; last seen: ${JSON.stringify(value)}`);
    await sleep(pollMs);
  }
}

/** `until` for a condition that says nothing but yes or no. */
export async function eventually(expected: string, holds: () => boolean | Promise<boolean>, withinMs?: number): Promise<void> {
  await until(expected, holds, (isSo) => isSo, withinMs);
}
