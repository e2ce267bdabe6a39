/** Loaded before the program: told so (SIGUSR2), it collects garbage and writes what is left (ONHAND_TEST_MEMORY names the file). */
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sourcesOfProcess } from '../../runtime/config.ts';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;
const file = sourcesOfProcess({}).environment['ONHAND_TEST_MEMORY'];
if (file === undefined) throw new Error('ONHAND_TEST_MEMORY names no file');

process.on('SIGUSR2', () => {
  collectGarbage();
  collectGarbage(); // what the first one only untied
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.new`, String(heapUsed + external));
  renameSync(`${file}.new`, file);
});
