import { expect, test } from 'vitest';
import { logStart } from '../log/port.ts';
import { actorRow, checkpointAt, runRowsConformance, writeNext } from './conformance.ts';
import { conformanceKinds, crate, crateRow } from './conformance-tables.ts';
import { MemoryRowStore } from './memory.ts';

runRowsConformance('rows in memory', async () => {
  const rows = new MemoryRowStore({ kinds: conformanceKinds, clock: { wallMs: () => 1_000 } });
  return {
    open: async () => rows,
    async damageCrate(id, units) {
      expect(rows.damage('crates', (row) => row['crate_id'] === id, { units })).toBe(true);
    },
    async [Symbol.asyncDispose]() {},
  };
});

test('what was stored in memory cannot be changed through the row that was given', async () => {
  const rows = new MemoryRowStore({ kinds: conformanceKinds, clock: { wallMs: () => 0 } });
  expect(await rows.claim(0, 1)).toEqual({ ...logStart, epoch: 1 });
  const contents = { apples: 3 };
  await writeNext(rows, 0, [actorRow(crate('a'), 0, 1)], [crateRow(crate('a'), 1, { contents })]);
  contents.apples = 99;
  const loaded = await rows.load('crate', [crate('a')], 0);
  expect(loaded.get('crate/store-1/a')!.rows['crates']).toMatchObject([{ contents: { apples: 3 } }]);
  expect(await rows.checkpoint(0)).toEqual(checkpointAt(0, 1));
});
