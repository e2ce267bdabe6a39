import { describe, expect, test } from 'vitest';
import { frameAfter } from '../conformance.ts';
import type { Position, Shard } from '../port.ts';
import type { Append, Inserted } from './append.ts';
import { type AppendSender, type Failed, GatheredAppends, type GatheringLimits } from './gathered-appends.ts';

const inserted: Inserted = { kind: 'inserted' };
const notInserted: Inserted = { kind: 'not_inserted' };
const refused: Failed = { kind: 'failed', sent: true, verdict: 'notWritten', error: new Error('refused') };
const lost: Failed = { kind: 'failed', sent: true, verdict: 'unknown', error: new Error('lost') };
const limits: GatheringLimits = { statementsMax: 1, bytesPerStatementMax: 1_000, largeFrameBytes: 500 };
const anywhere: Position = { frame: 6, hash: '00'.repeat(32) };

const appendOf = (shard: Shard, bytes = 10): Append => ({
  shard,
  expected: anywhere,
  frame: frameAfter(anywhere, Buffer.alloc(bytes, shard)),
});

/** What was sent, told as the shards in it; nothing is answered before the test says so. */
class Sent implements AppendSender {
  readonly statements: Shard[][] = [];
  readonly byItself: Shard[] = [];
  readonly #answers: ((outcome: readonly Inserted[] | Failed) => void)[] = [];
  readonly #answersAlone: ((outcome: Inserted) => void)[] = [];

  together(appends: readonly Append[]) {
    this.statements.push(appends.map(({ shard }) => shard));
    return new Promise<readonly Inserted[] | Failed>((resolve) => this.#answers.push(resolve));
  }

  alone({ shard }: Append) {
    this.byItself.push(shard);
    return new Promise<Inserted>((resolve) => this.#answersAlone.push(resolve));
  }

  answer(outcome: readonly Inserted[] | Failed): Promise<void> {
    this.#answers.shift()!(outcome);
    return settled();
  }

  answerAlone(outcome: Inserted): Promise<void> {
    this.#answersAlone.shift()!(outcome);
    return settled();
  }
}

/** Every turn that was asked for has ended, and what came of it was heard. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function gathering(changes: Partial<GatheringLimits> = {}) {
  const sent = new Sent();
  const told: string[] = [];
  const appends = new GatheredAppends(sent, { ...limits, ...changes });
  const ask = (shard: Shard, bytes?: number) =>
    void appends.append(appendOf(shard, bytes)).then((outcome) => told.push(`${shard} ${outcome.kind}`));
  return { sent, told, ask };
}

describe('appends that travel together', () => {
  test('what is asked for in one turn leaves at its end, in the order of shards', async () => {
    const { sent, ask } = gathering();
    for (const shard of [5, 1, 3]) ask(shard);
    expect(sent.statements).toEqual([]);
    await settled();
    expect(sent.statements).toEqual([[1, 3, 5]]);
  });

  test('each hears its own outcome', async () => {
    const { sent, told, ask } = gathering();
    for (const shard of [5, 1, 3]) ask(shard);
    await settled();
    await sent.answer([inserted, notInserted, inserted]);
    expect(told.sort()).toEqual(['1 inserted', '3 not_inserted', '5 inserted']);
  });

  test('an append alone leaves alone, and the next one of its shard as soon as it is back', async () => {
    const { sent, ask } = gathering();
    ask(4);
    await settled();
    expect(sent.statements).toEqual([[4]]);
    await sent.answer([inserted]);
    ask(4);
    await settled();
    expect(sent.statements).toEqual([[4], [4]]);
  });

  test('while every statement is on its way the others gather, and leave with the first that comes back', async () => {
    const { sent, ask } = gathering({ statementsMax: 2 });
    ask(1);
    await settled();
    ask(2);
    await settled();
    for (const shard of [9, 3, 4]) {
      ask(shard);
      await settled();
    }
    expect(sent.statements).toEqual([[1], [2]]);
    await sent.answer([inserted]);
    expect(sent.statements).toEqual([[1], [2], [3, 4, 9]]);
  });

  test('a statement has room for so many bytes; who waited longest goes first', async () => {
    const { sent, ask } = gathering();
    for (const shard of [7, 6, 5]) ask(shard, 400);
    await settled();
    expect(sent.statements).toEqual([[6, 7]]);
    ask(1, 400);
    await sent.answer([inserted, inserted]);
    expect(sent.statements).toEqual([
      [6, 7],
      [1, 5],
    ]);
  });

  test('a large frame goes by itself and waits for nobody', async () => {
    const { sent, told, ask } = gathering();
    ask(1);
    await settled();
    ask(2, 500);
    expect(sent.byItself).toEqual([2]);
    await sent.answerAlone(inserted);
    expect(told).toEqual(['2 inserted']);
  });

  test('a second append of a shard that has one on its way goes by itself', async () => {
    const { sent, ask } = gathering();
    ask(1);
    ask(1);
    await settled();
    expect([sent.statements, sent.byItself]).toEqual([[[1]], [1]]);
  });

  test('what is refused together is asked again one by one, and only the guilty one fails', async () => {
    const { sent, told, ask } = gathering();
    for (const shard of [1, 2]) ask(shard);
    await settled();
    await sent.answer(refused);
    expect([sent.byItself, told]).toEqual([[1, 2], []]);
    await sent.answerAlone(inserted);
    await sent.answerAlone({ ...refused, verdict: 'full' });
    expect(told).toEqual(['1 inserted', '2 failed']);
  });

  test('a shard whose append failed goes alone until one is done; the others travel together again', async () => {
    const { sent, told, ask } = gathering();
    for (const shard of [1, 2, 3]) ask(shard);
    await settled();
    await sent.answer(refused);
    for (const outcome of [inserted, refused, notInserted]) await sent.answerAlone(outcome);
    for (const shard of [1, 2, 3]) ask(shard);
    await settled();
    expect([sent.statements.at(-1), sent.byItself.at(-1)]).toEqual([[1, 3], 2]);
    await sent.answerAlone(inserted);
    await sent.answer([inserted, inserted]);
    ask(2);
    await settled();
    expect(sent.statements.at(-1)).toEqual([2]);
    expect(told).toHaveLength(6);
  });

  test('an unknown fate is that of everybody in the statement, and nothing is sent again', async () => {
    const { sent, told, ask } = gathering();
    for (const shard of [1, 2]) ask(shard);
    await settled();
    await sent.answer(lost);
    expect([sent.byItself, told]).toEqual([[], ['1 failed', '2 failed']]);
    ask(1); // the barrier
    expect(sent.byItself).toEqual([1]);
  });

  test('a server that is not there is not asked again, and doubts no shard', async () => {
    const { sent, told, ask } = gathering();
    for (const shard of [1, 2]) ask(shard);
    await settled();
    await sent.answer({ ...refused, sent: false });
    expect([sent.byItself, told]).toEqual([[], ['1 failed', '2 failed']]);
    for (const shard of [1, 2]) ask(shard);
    await settled();
    expect(sent.statements).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
});
