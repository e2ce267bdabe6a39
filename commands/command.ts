/**
 * What a command of the command line is. One file per command, `commands/<name>.ts`, which exports `command`.
 *
 * C1. Exit codes: 0 only on a clean verdict, 1 on a failed verdict, 2 on wrong use or something that kept it
 *     from running. Wrong use and hindrances are thrown as `UsageError` and `Hindrance`; the dispatcher turns
 *     them into a sentence and a 2, so that no command formats its own.
 * C2. With `--json FILE` exactly one JSON value is written there, also when the verdict failed.
 */
import type { parseArgs, ParseArgsConfig } from 'node:util';
import type { Progress } from './progress.ts';

export type CommandOptions = NonNullable<ParseArgsConfig['options']>;

export type ExitCode = 0 | 1 | 2;

/** What the command was given, after `util.parseArgs` (strict) has accepted it. */
export interface CommandArguments<Options extends CommandOptions = CommandOptions> {
  readonly values: ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>>['values'];
  readonly positionals: readonly string[];
}

/** How a command talks to the person and to the program that called it. */
export interface CommandOutput {
  /** A line on standard output. */
  print(line?: string): void;
  /** A line on standard error. */
  warn(line: string): void;
  /** Rows under a heading, columns aligned; numbers to the right. */
  table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  /** One line that changes while the command works. On a pipe: a line now and then. */
  readonly progress: Progress;
  /** C2. The value for `--json`; the last one given wins. Without `--json` it goes nowhere. */
  result(value: unknown): void;
  /** Aborted by the first SIGINT or SIGTERM, with the signal's name as reason. A second one ends the process. */
  readonly stopped: AbortSignal;
}

export interface Command<Options extends CommandOptions = CommandOptions> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What stands after the name, for example `--buyers N --stock N [--seed S]`. */
  readonly usage: string;
  /** More for `--help`: one entry per option or topic. */
  readonly details?: readonly (readonly [term: string, meaning: string])[];
  /** Without `--help` and `--json`, which every command has. */
  readonly options: Options;
  /** Takes words besides flags, as `replay` takes files. Otherwise they are refused. */
  readonly positionals?: boolean;
  /** Flags whose part is not built yet, each with the one sentence that says so (exit 2). A value that is not
   *  built yet is the command's own to refuse, with a `Hindrance`. */
  readonly notBuilt?: Readonly<Record<string, string>>;
  run(args: CommandArguments<Options>, output: CommandOutput): Promise<ExitCode>;
}

/** Keeps the types of the options, so that `args.values` is exact in `run`. */
export function defineCommand<const Options extends CommandOptions>(command: Command<Options>): Command<Options> {
  return command;
}

/** The person asked for something that cannot be asked for. Shown with the command's usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something outside kept the command from running. Shown as it is. */
export class Hindrance extends Error {
  override readonly name = 'Hindrance';
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** The number behind a flag. Throws UsageError. */
export function numberOption(flag: string, text: string | undefined, fallback: number, range: NumberRange): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  const fits = text.trim() !== '' && Number.isFinite(value) && value >= range.min && value <= range.max;
  if (!fits || (range.integer !== false && !Number.isInteger(value))) {
    const kind = range.integer === false ? 'a number' : 'a whole number';
    throw new UsageError(`--${flag} needs ${kind} from ${range.min} to ${range.max}, not "${text}".`);
  }
  return value;
}
