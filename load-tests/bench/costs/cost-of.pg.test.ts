/** A look of a few seconds, so that it does not break unseen; no numbers are judged. */
import { expect, test } from 'vitest';
import { costOf } from './cost-of.ts';
import { works } from './works.ts';

test('the time of a hold is found, by part and by call', { timeout: 240_000 }, async () => {
  const holds = works({ log: 'postgres' }).find(({ name }) => name === 'holds')!;
  const { perSecond, parts, calls } = await costOf(holds, { seconds: 5, quick: true, progress: () => {} });
  expect(perSecond).toBeGreaterThan(0);
  expect(parts.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['the thread that decides', 'other threads of the server', 'Postgres']),
  );
  for (const { us } of parts) expect(us).toBeGreaterThan(0);
  expect(calls.children.length).toBeGreaterThan(1);
});
