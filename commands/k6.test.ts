/** What `k6` refuses before anything is started. */
import { expect, it } from 'vitest';
import { whatIsSaid } from '../testing/said.ts';
import { main } from './main.ts';

const said = whatIsSaid();

it.each([
  [[], 'One scenario is needed: flash-sale, steady-holds'],
  [['flash-sale', 'steady-holds'], 'One scenario is needed'],
  [['tsunami'], 'There is no scenario "tsunami"'],
  [['flash-sale', '--set', 'BUYERS'], '--set needs NAME=VALUE, not "BUYERS"'],
  [['flash-sale', '--set', 'buyers=3'], '--set needs NAME=VALUE'],
  [['flash-sale', '--k6', '/no/such/k6'], '/no/such/k6 is not k6'],
  [['flash-sale', '--k6', process.execPath], 'is not k6, or does not run'],
])('with %j explains itself and exits 2', async (words, sentence) => {
  expect(await main(['k6', ...words])).toBe(2);
  expect(said.join('\n')).toContain(sentence);
});

it('lists its scenarios with --help', async () => {
  expect(await main(['k6', '--help'])).toBe(0);
  for (const name of ['flash-sale', 'steady-holds', 'reconnect-storm', 'slow-clients']) expect(said.join('\n')).toContain(name);
});
