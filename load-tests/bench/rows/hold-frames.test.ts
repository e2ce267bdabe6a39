import { expect, it } from 'vitest';
import { definitions } from '../../../commands/embedded/definitions.ts';
import { limits } from '../../../runtime/limits.ts';
import { coalesce, TableSet } from '../../../runtime/rows/table-set.ts';
import { HoldFrames } from './hold-frames.ts';

const rowsOf = (prefix: string) => {
  const frames = new HoldFrames(3, prefix);
  return [frames.nextBatch(), frames.nextBatch()];
};

it('a batch is what write-behind takes at once: rows of one hot product, as the row store accepts them', () => {
  for (const batch of rowsOf('one')) {
    expect(batch.frames).toBeGreaterThan(10);
    expect(batch.changes.length).toBeLessThanOrEqual(limits.writeBehindRowsMax);
    const tables = coalesce(new TableSet(definitions), batch.changes);
    const count = Object.fromEntries(tables.map(({ table, upserts }) => [table.name, upserts.length]));
    expect(count).toMatchObject({ stock_holds: batch.frames * 64, stock_levels: 1, stock_skus: 1 });
    expect(batch.actors).toMatchObject([{ shard: 3, owes: false }]);
  }
});

it('the same prefix makes the same rows, another one makes others', () => {
  expect(rowsOf('one')).toEqual(rowsOf('one'));
  expect(rowsOf('one')).not.toEqual(rowsOf('two'));
});
