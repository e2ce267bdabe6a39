/** The commands there are. Each is loaded only when it is needed. */
import type { Command } from './command.ts';

export const commandNames = ['start', 'flash-sale', 'replay', 'verify', 'repair', 'simulate', 'migrate', 'config'] as const;

export type CommandName = (typeof commandNames)[number];

export function isCommandName(name: string): name is CommandName {
  return (commandNames as readonly string[]).includes(name);
}

export async function loadCommand(name: CommandName): Promise<Command> {
  const loaded = (await import(/* @vite-ignore */ `./${name}.ts`)) as { command: Command };
  return loaded.command;
}
