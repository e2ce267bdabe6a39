/**
 * Finds the command by its name, reads its flags, runs it, and turns whatever happens into an exit code (C1 in
 * command.ts). Commands are loaded when they are called: `config` must not wait for the whole server to load.
 */
import { parseArgs } from 'node:util';
import { EngineError } from '../engines/engine-error.ts';
import { ConfigError } from '../runtime/config.ts';
import { type Command, type CommandArguments, type CommandOptions, type ExitCode, Hindrance, UsageError } from './command.ts';
import { commandSummaries, isCommandName, loadCommand } from './commands.ts';
import { createOutput } from './output.ts';
import { formatTable } from './table.ts';

const commonOptions = { help: { type: 'boolean', short: 'h' }, json: { type: 'string' } } as const satisfies CommandOptions;

export async function main(words: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(listOfCommands());
    return name === undefined ? 2 : 0;
  }
  if (!isCommandName(name)) {
    console.error(`There is no command "${name}".\n\n${listOfCommands()}`);
    return 2;
  }
  const command = await loadCommand(name);
  try {
    return await runCommand(command, rest);
  } catch (error) {
    return explain(command, error);
  }
}

async function runCommand(command: Command, words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readWords(command, words);
  if (values['help'] === true) {
    console.log(helpFor(command));
    return 0;
  }
  for (const [flag, sentence] of Object.entries(command.notBuilt ?? {})) {
    if (values[flag] !== undefined) throw new Hindrance(sentence);
  }
  if (positionals.length > 0 && command.positionals !== true) throw new UsageError(`"${positionals[0]}" is one word too many.`);
  const output = createOutput(typeof values['json'] === 'string' ? values['json'] : undefined);
  try {
    return await command.run({ values, positionals }, output);
  } finally {
    output.progress.done();
    output.writeResult();
  }
}

function readWords(command: Command, words: readonly string[]): CommandArguments {
  const notBuilt = Object.fromEntries(
    Object.keys(command.notBuilt ?? {})
      .filter((flag) => command.options[flag] === undefined)
      .map((flag) => [flag, { type: 'string' } as const]),
  );
  try {
    return parseArgs({
      args: [...words],
      options: { ...commonOptions, ...notBuilt, ...command.options },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const flag = Object.keys(notBuilt).find((candidate) => words.includes(`--${candidate}`));
    if (flag !== undefined) throw new Hindrance(command.notBuilt?.[flag] ?? '');
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** What is not ours to explain is a fault of the program: shown whole, with exit code 2, since there is no verdict. */
function explain(command: Command, error: unknown): ExitCode {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usageOf(command)}\nMore with: onhand ${command.name} --help`);
  else if (isSentence(error)) console.error(error.message);
  else console.error(error);
  return 2;
}

/** Their message is the sentence for the person. Some by name: to load their modules would make every command wait. */
const sentenceNames = ['ClusterMismatch', 'LogMisconfigured', 'LogUnavailable', 'RowsUnavailable', 'MediaUnavailable'];

function isSentence(error: unknown): error is Error {
  if (error instanceof Hindrance || error instanceof EngineError || error instanceof ConfigError) return true;
  return error instanceof Error && sentenceNames.includes(error.name);
}

function usageOf(command: Command): string {
  return `Usage: onhand ${command.name} ${command.usage}`.trimEnd();
}

function helpFor(command: Command): string {
  const details = [
    ...(command.details ?? []),
    ...Object.entries(command.notBuilt ?? {}).map(([flag, sentence]) => [`--${flag}`, sentence] as const),
    ['--json FILE', 'write the result there, as one JSON value'] as const,
    ['--help', 'show this'] as const,
  ];
  const width = Math.max(...details.map(([term]) => term.length));
  const lines = details.map(([term, meaning]) => `  ${term.padEnd(width)}  ${meaning}`);
  return [
    command.summary,
    '',
    usageOf(command),
    '',
    ...lines,
    '',
    'Exit codes: 0 clean verdict, 1 failed verdict, 2 wrong use or unable to run.',
  ].join('\n');
}

function listOfCommands(): string {
  return [
    'Onhand: a real-time checkout and inventory runtime.',
    '',
    'Usage: onhand <command> [flags]    or    npm run <command> -- [flags]',
    '',
    formatTable(['command', 'what it does'], Object.entries(commandSummaries)),
    '',
    'More about one: onhand <command> --help',
  ].join('\n');
}

/** After this a handle that somebody forgot to close no longer keeps the process, and the caller, waiting. */
const lingerMaxMs = 3_000;

if (process.argv[1] === import.meta.filename) {
  // `| head` stops listening: that is no fault of ours, and no reason to die with a Postgres running
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const code = await main(process.argv.slice(2));
  process.exitCode = code;
  setTimeout(() => process.exit(code), lingerMaxMs).unref();
}
