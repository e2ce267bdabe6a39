/** Rows that are not what the log says. */
import { type Mutation, pg, unit } from './mutation.ts';

export const rowMutations: readonly Mutation[] = [
  {
    name: 'checkpoint-in-a-second-transaction',
    promise: 'R1',
    breaks: 'rows are written first and the checkpoint moved afterwards',
    file: 'runtime/rows/postgres.ts',
    find: '      await session.query({ ...this.#statement(changes, batch.force === true), values });',
    replace: `      await session.query({ ...this.#statement(changes, batch.force === true), values: [shard, from.frame, from.hash, from.epoch, from.frame, from.hash, ...batchArrays(changes)] });
      await session.query('select onhand.advance_checkpoint($1, $2, $3, $4, $5, $6)', values.slice(0, 6));`,
    tests: [pg('runtime/rows/one-transaction.pg.test.ts')],
  },
  {
    name: 'unknown-write-is-written',
    promise: 'W2',
    breaks: 'rows whose write got no answer are believed to be written',
    file: 'runtime/write-behind/write-behind.ts',
    find: "        if (outcome.kind !== 'unknown') return outcome.kind;\n",
    replace: "        return outcome.kind === 'fenced' ? 'fenced' : 'written';\n",
    tests: [unit('runtime/write-behind/write-behind.test.ts')],
  },
  {
    name: 'epoch-not-raised-on-rows',
    promise: 'R2',
    breaks: 'a new owner reads the checkpoint without claiming it: the old one goes on writing rows',
    file: 'runtime/shard/take-over.ts',
    find: '  const checkpoint = await deps.rows.claim(deps.shard, epoch);',
    replace: '  const checkpoint = (await deps.rows.checkpoint(deps.shard)) ?? (await deps.rows.claim(deps.shard, epoch));',
    tests: [unit('runtime/shard/ownership.test.ts'), unit('runtime/shard/take-over.test.ts')],
  },
];
