/** The CommandOutput of a real process: standard output and error, a file for `--json`, signals. */
import { closeSync, existsSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type CommandOutput, Hindrance } from './command.ts';
import { createProgress } from './progress.ts';
import { formatTable } from './table.ts';

const sameWishWithinMs = 1_000;

export interface ProcessOutput extends CommandOutput {
  /** Writes what `result` was given, if there is a file to write to. */
  writeResult(): void;
}

/** `--json` is tried before the command runs: hours of work must not end in "no such folder". Throws Hindrance. */
export function createOutput(jsonFile: string | undefined): ProcessOutput {
  if (jsonFile !== undefined) assertWritable('json', jsonFile);
  const progress = createProgress(process.stderr, () => performance.now());
  let value: unknown;
  return {
    print(line = '') {
      progress.done();
      process.stdout.write(`${line}\n`);
    },
    warn(line) {
      progress.done();
      process.stderr.write(`${line}\n`);
    },
    table(heading, rows) {
      progress.done();
      process.stdout.write(`${formatTable(heading, rows)}\n`);
    },
    progress,
    result(newest) {
      value = newest;
    },
    stopped: stopSignal(),
    writeResult() {
      if (jsonFile !== undefined && value !== undefined) writeWhole('json', jsonFile, `${JSON.stringify(value, null, 2)}\n`);
    },
  };
}

/** Of a file that a flag names. Throws Hindrance. */
export function assertWritable(flag: string, file: string): void {
  const existed = existsSync(file);
  try {
    closeSync(openSync(file, 'a'));
    if (!existed) rmSync(file);
  } catch (error) {
    throw new Hindrance(`--${flag} cannot be written to ${file}: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

/** Whoever reads the file never sees half of it. Devices and pipes are written as they are. Throws Hindrance. */
export function writeWhole(flag: string, file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    if (file.startsWith('/dev/')) {
      writeFileSync(file, text, { flag: 'a' });
      return;
    }
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new Hindrance(`--${flag} could not be written to ${file}: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

/**
 * The first signal asks to stop; a later one ends the process, through its `exit` listeners, so that no Postgres is
 * left behind. Whoever signals a whole group (systemd, `timeout`, a terminal) reaches us twice: directly, and through
 * the launcher, which passes signals on. What comes within a second of the first is the same wish.
 */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let askedAtMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) {
        askedAtMs = performance.now();
        controller.abort(signal);
      } else if (performance.now() - askedAtMs >= sameWishWithinMs) process.exit(2);
    });
  }
  return controller.signal;
}
