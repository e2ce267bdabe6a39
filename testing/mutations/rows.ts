/** Rows that are not what the log says. */
import { type Mutation, pg, unit } from './mutation.ts';

export const rowMutations: readonly Mutation[] = [
  {
    name: 'checkpoint-in-a-second-transaction',
    promise: 'R1',
    breaks: 'rows are written first and the checkpoint moved afterwards',
    file: 'runtime/rows/batch-writer.ts',
    find: '      await session.query({ ...this.#statement(changes, force), values });',
    replace: `      const still = moves.map((move) => ({ ...move, to: move.from }));
      await session.query({ ...this.#statement(changes, force), values: [...checkpointArrays(still), ...batchArrays(changes)] });
      await session.query('select onhand.advance_checkpoints($1, $2, $3, $4, $5, $6)', checkpointArrays(moves));`,
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
