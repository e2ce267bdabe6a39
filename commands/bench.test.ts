import { expect, test } from 'vitest';
import { whatIsSaid } from '../testing/said.ts';
import { main } from './main.ts';

const said = whatIsSaid();

test.each([
  [['N99'], 'There is no measure "N99"; there are N1, N2'],
  [['N13'], 'N13: Custom domains are not built yet.'],
  [['N1', '--log', 'kafka'], '--log is postgres or jetstream, not "kafka".'],
  [['N1', '--pairs', '0'], '--pairs needs a whole number'],
  [['N1', '--seconds', 'long'], '--seconds needs a whole number'],
  [['N1', '--connections', '0'], '--connections needs a whole number'],
  [['N1', '--quick', '--out', 'results'], '--quick measures too little to be recorded'],
  [['--check', '--render'], '--check measures, --render does not'],
])('bench %j is told what is wrong with it, before anything is started', async (words, sentence) => {
  expect(await main(['bench', ...words])).toBe(2);
  expect(said.join('')).toContain(sentence);
  expect(said.join('')).not.toContain('    at ');
});
