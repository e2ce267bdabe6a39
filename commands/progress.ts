/**
 * Progress for people: one line that is written over on a terminal, and at most one line every few seconds
 * where the output is a file or a pipe, so that logs stay readable.
 */
export interface Progress {
  /** What is happening now, for example `buyers 4,200 of 10,000`. */
  update(text: string): void;
  /** Ends the line; with text, leaves that behind. */
  done(text?: string): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const terminalIntervalMs = 100;
const pipeIntervalMs = 5_000;

export function createProgress(stream: ProgressStream, nowMs: () => number): Progress {
  const terminal = stream.isTTY === true;
  const intervalMs = terminal ? terminalIntervalMs : pipeIntervalMs;
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let lineOpen = false;
  const clear = () => {
    if (lineOpen) stream.write('\r\u001B[K');
    lineOpen = false;
  };
  return {
    update(text) {
      if (nowMs() - shownAtMs < intervalMs) return;
      shownAtMs = nowMs();
      if (!terminal) {
        stream.write(`${text}\n`);
        return;
      }
      stream.write(`\r\u001B[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
      lineOpen = true;
    },
    done(text) {
      clear();
      shownAtMs = Number.NEGATIVE_INFINITY;
      if (text !== undefined) stream.write(`${text}\n`);
    },
  };
}
