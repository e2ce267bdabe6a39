/** Loaded before a server's program: told so (SIGUSR2) it begins a profile, told again it writes it (ONHAND_TEST_PROFILE names the file). */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { sourcesOfProcess } from '../../../runtime/config.ts';

const file = sourcesOfProcess({}).environment['ONHAND_TEST_PROFILE'];
if (file === undefined) throw new Error('ONHAND_TEST_PROFILE names no file');

const session = new Session();
session.connect();
let running = false;

process.on('SIGUSR2', () => void turn());

async function turn(): Promise<void> {
  running = !running;
  if (running) {
    await session.post('Profiler.enable');
    return session.post('Profiler.start');
  }
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(`${file}.new`, JSON.stringify(profile));
  renameSync(`${file}.new`, file!);
}
