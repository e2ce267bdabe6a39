/**
 * The process in which a baseline lives; forked by `forked-side.ts`, which tells it what to do. When nobody listens any
 * more it ends what it started, removes its folder, and ends itself.
 */
import type { Baseline, FromChild, ToChild } from './child-port.ts';
import { removeFolder } from './folder.ts';
import { makers } from './makers.ts';

let baseline: Baseline | null = null;
let folder: string | null = null;
let ending: Promise<void> | null = null;

async function answerTo(question: ToChild): Promise<FromChild> {
  switch (question.kind) {
    case 'start': {
      const make = makers.get(question.baseline);
      ({ folder } = question);
      if (make === undefined) throw new Error(`there is no baseline called ${question.baseline}`);
      baseline = await make(question.folder);
      return { kind: 'started', url: baseline.url ?? null };
    }
    case 'tune':
      await started().tune?.(question.candidate);
      return { kind: 'tuned' };
    case 'prepare':
      await started().prepare(question.load);
      return { kind: 'prepared' };
    case 'run': {
      const result = await started().run?.(question.load);
      if (result === undefined) throw new Error('this baseline is pressed from outside');
      return { kind: 'measured', result };
    }
    case 'stop':
      await end();
      return { kind: 'stopped' };
    default:
      return question satisfies never;
  }
}

function started(): Baseline {
  if (baseline === null) throw new Error('the baseline was not started');
  return baseline;
}

function end(): Promise<void> {
  ending ??= baseline?.stop() ?? Promise.resolve();
  return ending;
}

function say(answer: FromChild): void {
  if (process.connected) process.send?.(answer);
}

process.on('message', (question: ToChild) => {
  void answerTo(question).then(say, (error: unknown) =>
    say({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

process.on('disconnect', () => {
  void end()
    .then(() => (folder === null ? undefined : removeFolder(folder)))
    .finally(() => process.exit(0));
});
