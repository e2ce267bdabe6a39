/** The commands there are. The list must come at once, so it is kept here; each command is loaded only when it is called. */
import type { Command } from './command.ts';

/** The same words as in the commands themselves; main.test.ts holds them together. */
export const commandSummaries = {
  start: 'Start the shop: Postgres, runtime, gateway, demo store.',
  'flash-sale': 'Let a crowd of virtual buyers loose on one product and judge what happened.',
  replay: 'Play real trading days through the public API and compare the books with the files.',
  verify: 'Check the books: the log, memory and Postgres against each other and against the laws.',
  repair: 'Mend what verify found: corrections as frames of the log, each naming the frame it rests on.',
  'replay-to': 'Show stock as it was at any instant, from the frames of the log and its archive.',
  backup: 'Copy all data into one file, also while it is being served.',
  restore: 'Put a backup into an empty data folder, and check the books of what was restored.',
  simulate: 'Run seeded worlds of crashes, pauses, lost answers and jumping clocks, and audit every step.',
  k6: 'Play a k6 scenario against the shop; judge it by its thresholds and by the books.',
  bench: 'Measure the numbers to reach, each against its baseline, interleaved.',
  migrate: 'Bring the database of a data folder up to date.',
  config: 'Show every setting, its value and where it came from.',
} as const;

export type CommandName = keyof typeof commandSummaries;

export const commandNames = Object.keys(commandSummaries) as readonly CommandName[];

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commandSummaries, name);
}

/** Written out, so that everybody who reads imports finds the commands, and nothing beside them. */
const modules: Readonly<Record<CommandName, () => Promise<{ readonly command: Command }>>> = {
  start: () => import('./start.ts'),
  'flash-sale': () => import('./flash-sale.ts'),
  replay: () => import('./replay.ts'),
  verify: () => import('./verify.ts'),
  repair: () => import('./repair.ts'),
  'replay-to': () => import('./replay-to.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  simulate: () => import('./simulate.ts'),
  k6: () => import('./k6.ts'),
  bench: () => import('./bench.ts'),
  migrate: () => import('./migrate.ts'),
  config: () => import('./config.ts'),
};

export async function loadCommand(name: CommandName): Promise<Command> {
  return (await modules[name]()).command;
}
