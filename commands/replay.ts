/** `onhand replay`: real trading days through the public API, then the books against the files. See load-tests/README.md. */
import { readFileSync } from 'node:fs';
import { CsvUnreadable } from '../load-tests/replay/csv.ts';
import { ReplayStopped } from '../load-tests/replay/player.ts';
import { replayLines, runReplay } from '../load-tests/replay/run.ts';
import { type TradingFile, readTradingDay } from '../load-tests/replay/trading-day.ts';
import { Hindrance, UsageError, defineCommand } from './command.ts';
import { loadTargetDetails, loadTargetOptions, openTargetOrExplain } from './load-target.ts';

export const command = defineCommand({
  name: 'replay',
  summary: 'Play real trading days through the public API and compare the books with the files.',
  usage: 'FILE.csv … [--log postgres|jetstream] [--replicas 1|3] [--target URL --key sk_…] [--json FILE]',
  details: [
    ['FILE.csv …', 'files in the "Online Retail" format, in the order in which they are to be played'],
    ...loadTargetDetails,
    ['--target URL', 'play against a running server instead of starting one; what moved before is left out of the totals'],
    ['--key sk_…', 'secret key of the store at the target'],
  ],
  positionals: true,
  options: loadTargetOptions,
  async run({ values, positionals }, output) {
    if (positionals.length === 0) throw new UsageError('Name at least one file.');
    const files = positionals.map(readFile);
    await using target = await openTargetOrExplain(values);
    try {
      const report = await runReplay({
        files,
        url: target.url,
        publishableKey: target.publishableKey,
        secretKey: target.secretKey,
        durability: target.durability,
        progress: (line) => output.progress.update(line),
      });
      output.result(report);
      for (const line of replayLines(report)) output.print(line);
      return report.ok ? 0 : 1;
    } catch (error) {
      if (!(error instanceof ReplayStopped)) throw error;
      output.warn(error.message);
      return 1;
    }
  },
});

/** Read and understood before a server is started for it. UTF-8, or what spreadsheets write where it is not. */
function readFile(name: string): TradingFile {
  try {
    const bytes = readFileSync(name);
    const file = { name, text: decode(bytes) };
    readTradingDay([file]);
    return file;
  } catch (error) {
    if (error instanceof CsvUnreadable) throw new Hindrance(`${name} cannot be replayed: ${error.message}.`, { cause: error });
    throw new Hindrance(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
