/** Two servers or none: when one does not start, the other is ended. */
interface Stoppable {
  stop(): Promise<void>;
}

export async function startBoth<One extends Stoppable, Other extends Stoppable>(
  one: Promise<One>,
  other: Promise<Other>,
): Promise<readonly [One, Other]> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  for (const started of [first, second]) if (started.status === 'fulfilled') await started.value.stop();
  return Promise.all([one, other]); // throws what went wrong
}
