/** An append that is not what it seems, an owner that is none any more. */
import { type Mutation, nats, unit } from './mutation.ts';

export const logMutations: readonly Mutation[] = [
  {
    name: 'drop-the-fence',
    promise: 'L1',
    breaks: 'an owner that was fenced goes on as if its append had landed',
    file: 'runtime/shard/append.ts',
    find: "      case 'stale':\n        return { kind: 'fenced' };",
    replace: "      case 'stale':\n        return { kind: 'landed' };",
    tests: [unit('runtime/shard/append.test.ts'), unit('runtime/shard/ownership.test.ts')],
  },
  {
    name: 'expect-by-subject',
    promise: 'L1',
    breaks: 'the append expects the last sequence of the subject, not of the stream: two writers win on three copies',
    file: 'runtime/log/jetstream.ts',
    find: "'Nats-Expected-Last-Sequence'",
    replace: "'Nats-Expected-Last-Subject-Sequence'",
    tests: [nats('runtime/log/jetstream-races.nats.test.ts')],
  },
  {
    name: 'settle-by-a-tail-read',
    promise: 'L3',
    breaks: 'what became of an unknown append is read off the tail; it may land after the reading',
    file: 'runtime/shard/append.ts',
    find: 'if (outcome.notWritten !== true) return settle(deps, expected, frame);',
    replace:
      "if (outcome.notWritten !== true) return (await deps.log.tail(deps.shard)).hash === frame.hash ? { kind: 'landed' } : { kind: 'absent', tail: expected };",
    tests: [unit('runtime/shard/append.test.ts')],
  },
  {
    name: 'unknown-means-not-written',
    promise: 'L3',
    breaks: 'an append without an answer is believed not to be there',
    file: 'runtime/shard/append.ts',
    find: 'if (outcome.notWritten !== true) return settle(deps, expected, frame);',
    replace: 'if (deps.halted()) return settle(deps, expected, frame);',
    tests: [unit('runtime/shard/append.test.ts')],
  },
  {
    name: 'serve-an-emptied-log',
    promise: 'I3',
    breaks: 'a log that lost what rows know of is served as if it were new',
    file: 'runtime/shard/take-over.ts',
    find: '    if (known === null || !isBehind(tail, known)) return tail;',
    replace: '    if (known === null || !isBehind(tail, known) || look > 0) return tail;',
    tests: [unit('runtime/shard/take-over.test.ts')],
  },
];
